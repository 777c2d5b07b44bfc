-- Everything stored about a person, one list for each kind. A test checks that it covers every
-- reference to a person.
select jsonb_build_object(
  'person', jsonb_build_object('id', p.id, 'name', p.name, 'issuer', p.issuer, 'subject', p.subject,
      'admin', p.admin, 'createdAt', p.created_at),
  'memberships', (select coalesce(jsonb_agg(jsonb_build_object(
      'organisationId', o.id, 'name', o.name, 'roles', m.roles)
      order by o.id), '[]')
      from membership m join organisation o on o.id = m.organisation_id where m.person_id = p.id),
  'follows', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', f.procurement_id, 'since', f.since)
      order by f.since, f.procurement_id), '[]')
      from follow f where f.person_id = p.id),
  'notifications', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', n.procurement_id, 'event', n.event, 'at', n.at)
      order by n.at, n.id), '[]')
      from notification n where n.person_id = p.id),
  'questions', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', q.id, 'dialogueId', q.dialogue_id, 'organisationId', q.asker_organisation_id,
      'text', coalesce(r.text, q.text), 'section', case when r.text is null then h.section end,
      'quote', case when r.text is null then h.quote end, 'language', q.language, 'askedAt', q.asked_at)
      order by q.asked_at, q.id), '[]')
      from question q
      -- Passages that a buyer removed from a question are not returned to anyone.
      left join lateral (select text from question_redaction where question_id = q.id order by number desc limit 1) r
          on true
      left join question_anchor h on h.question_id = q.id
      where q.asker_person_id = p.id),
  'answers', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', a.id, 'questionId', a.question_id, 'text', case when not is_withdrawn(a.id) then a.text end,
      'publishedAt', a.published_at)
      order by a.published_at, a.id), '[]')
      from answer a where a.answered_by = p.id),
  'dialogueExtensions', (select coalesce(jsonb_agg(jsonb_build_object(
      'dialogueId', x.dialogue_id, 'reason', x.reason, 'at', x.at)
      order by x.at, x.dialogue_id), '[]')
      from dialogue_extension x where x.extended_by = p.id),
  'dialogueDocuments', (select coalesce(jsonb_agg(jsonb_build_object(
      'dialogueId', d.dialogue_id, 'documentId', d.document_id, 'reason', d.reason, 'at', d.added_at)
      order by d.added_at, d.document_id), '[]')
      from dialogue_document d where d.added_by = p.id),
  'meetings', (select coalesce(jsonb_agg(jsonb_build_object(
      'meetingId', v.meeting_id, 'revision', v.revision, 'place', v.place, 'link', v.link, 'agenda', v.agenda,
      'reason', v.reason, 'at', v.planned_at)
      order by v.planned_at, v.meeting_id), '[]')
      from meeting_version v where v.planned_by = p.id),
  'meetingCancellations', (select coalesce(jsonb_agg(jsonb_build_object(
      'meetingId', c.meeting_id, 'reason', c.reason, 'at', c.at)
      order by c.at, c.meeting_id), '[]')
      from meeting_cancellation c where c.cancelled_by = p.id),
  'meetingRegistrations', (select coalesce(jsonb_agg(jsonb_build_object(
      'meetingId', r.meeting_id, 'organisationId', r.organisation_id, 'attendees', r.attendees, 'note', r.note,
      'at', r.at)
      order by r.at, r.meeting_id), '[]')
      from meeting_registration r where r.registered_by = p.id),
  'meetingMinutes', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', m.id, 'meetingId', m.meeting_id, 'text', case when not is_withdrawn(m.id) then m.text end,
      'publishedAt', m.published_at)
      order by m.published_at, m.id), '[]')
      from meeting_minutes m where m.published_by = p.id),
  'disclosures', (select coalesce(jsonb_agg(jsonb_build_object(
      'dialogueId', k.dialogue_id, 'organisationId', k.organisation_id, 'at', k.at)
      order by k.at, k.dialogue_id), '[]')
      from asker_disclosure k where k.disclosed_by = p.id),
  -- Actions that count towards the rate limits of dialogues; an action deletes earlier ones that no longer count.
  'dialogueActivities', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', y.procurement_id, 'organisationId', y.organisation_id, 'action', y.action, 'at', y.at)
      order by y.at, y.procurement_id, y.action), '[]')
      from dialogue_activity y where y.person_id = p.id),
  'questionSupports', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', s.question_id, 'organisationId', s.organisation_id, 'at', s.at)
      order by s.at, s.question_id), '[]')
      from question_support s where s.supported_by = p.id),
  'questionWithdrawals', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', w.question_id, 'at', w.at)
      order by w.at, w.question_id), '[]')
      from question_withdrawal w where w.withdrawn_by = p.id),
  'questionReleases', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', r.question_id, 'at', r.at)
      order by r.at, r.question_id), '[]')
      from question_release r where r.released_by = p.id),
  'questionRedactions', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', r.question_id,
      -- A later redaction removed passages from this text.
      'text', case when not exists (select from question_redaction later
                                    where later.question_id = r.question_id and later.number > r.number) then r.text end,
      'reason', r.reason, 'at', r.at)
      order by r.at, r.question_id), '[]')
      from question_redaction r where r.redacted_by = p.id),
  'questionMerges', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', m.question_id, 'intoId', m.into_id, 'at', m.at)
      order by m.at, m.question_id), '[]')
      from question_merge m where m.merged_by = p.id),
  'questionRefusals', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', f.question_id, 'reason', f.reason, 'at', f.at)
      order by f.at, f.question_id), '[]')
      from question_refusal f where f.refused_by = p.id),
  'answerDrafts', (select coalesce(jsonb_agg(jsonb_build_object(
      'questionId', a.question_id, 'text', a.text, 'at', a.at)
      order by a.at, a.question_id), '[]')
      from answer_draft a where a.saved_by = p.id),
  'dialogueEnds', (select coalesce(jsonb_agg(jsonb_build_object(
      'dialogueId', e.dialogue_id, 'cancelled', e.cancelled, 'reason', e.reason, 'at', e.at)
      order by e.at, e.dialogue_id), '[]')
      from dialogue_end e where e.ended_by = p.id),
  'questionnaires', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', q.id, 'dialogueId', q.dialogue_id, 'version', q.version, 'publishedAt', q.published_at)
      order by q.published_at, q.id), '[]')
      from questionnaire q where q.published_by = p.id),
  -- The answers belong to the organisation, with its business secrets: a former member only reads that
  -- a contribution was submitted.
  'contributionDrafts', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', c.id, 'dialogueId', c.dialogue_id, 'organisationId', c.organisation_id, 'savedAt', c.saved_at)
      order by c.saved_at, c.id), '[]')
      from contribution_draft c where c.saved_by = p.id),
  -- The drafts and the self-declarations belong to the organisation.
  'tenderDrafts', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'procurementId', d.procurement_id, 'organisationId', d.organisation_id, 'savedAt', d.saved_at)
      order by d.saved_at, d.id), '[]')
      from tender_draft d where d.saved_by = p.id),
  'selfDeclarations', (select coalesce(jsonb_agg(jsonb_build_object(
      'organisationId', s.organisation_id, 'version', s.number, 'savedAt', s.saved_at)
      order by s.saved_at, s.organisation_id), '[]')
      from self_declaration s where s.saved_by = p.id),
  'contributions', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', c.id, 'dialogueId', c.dialogue_id, 'organisationId', c.organisation_id, 'submittedAt', c.submitted_at)
      order by c.submitted_at, c.id), '[]')
      from contribution c where c.submitted_by = p.id),
  'contributionWithdrawals', (select coalesce(jsonb_agg(jsonb_build_object(
      'contributionId', w.contribution_id, 'at', w.at)
      order by w.at, w.contribution_id), '[]')
      from contribution_withdrawal w where w.withdrawn_by = p.id),
  'contributionPublications', (select coalesce(jsonb_agg(jsonb_build_object(
      'dialogueId', c.dialogue_id, 'at', c.at)
      order by c.at, c.dialogue_id), '[]')
      from contribution_publication c where c.published_by = p.id),
  'dialogueSummaries', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', s.id, 'dialogueId', s.dialogue_id, 'version', s.version,
      'heard', case when not is_withdrawn(s.id) then s.heard end,
      'changes', case when not is_withdrawn(s.id) then s.changes end,
      'reason', case when not is_withdrawn(s.id) then s.reason end, 'publishedAt', s.published_at)
      order by s.published_at, s.id), '[]')
      from dialogue_summary s where s.published_by = p.id),
  'dialogues', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'procurementId', d.procurement_id, 'opensAt', d.opens_at)
      order by d.opens_at, d.id), '[]')
      from dialogue d where d.opened_by = p.id),
  'notices', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', n.id, 'procurementId', n.procurement_id, 'publishedAt', n.published_at)
      order by n.published_at, n.id), '[]')
      from notice n where n.published_by = p.id),
  'tenders', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', t.id, 'procurementId', t.procurement_id, 'submittedAt', t.submitted_at)
      order by t.submitted_at, t.id), '[]')
      from tender t where t.submitted_by = p.id),
  'withdrawals', (select coalesce(jsonb_agg(jsonb_build_object(
      'tenderId', w.tender_id, 'withdrawnAt', w.withdrawn_at)
      order by w.withdrawn_at, w.tender_id), '[]')
      from tender_withdrawal w where w.withdrawn_by = p.id),
  'openings', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', o.procurement_id, 'requestedAt', o.requested_at)
      order by o.requested_at, o.procurement_id), '[]')
      from opening o where o.requested_by = p.id),
  'awards', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', a.id, 'procurementId', a.procurement_id, 'awardedAt', a.awarded_at)
      order by a.awarded_at, a.id), '[]')
      from award a where a.awarded_by = p.id),
  'jointBidInterests', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', j.id, 'procurementId', j.procurement_id, 'declaredAt', j.declared_at)
      order by j.declared_at, j.id), '[]')
      from joint_bid_interest j where j.declared_by = p.id),
  'ends', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', e.procurement_id, 'phase', e.phase, 'at', e.at)
      order by e.at, e.procurement_id), '[]')
      from procurement_end e where e.ended_by = p.id),
  'jointConsents', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', c.procurement_id, 'organisationId', c.organisation_id, 'consent', c.consent, 'at', c.at)
      order by c.id), '[]')
      from joint_consent c where c.given_by = p.id),
  'jointInvitations', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', i.procurement_id, 'organisationId', i.organisation_id, 'acceptedAt', i.accepted_at)
      order by i.accepted_at, i.procurement_id), '[]')
      from joint_invitation i where i.accepted_by = p.id),
  'documents', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'organisationId', d.organisation_id,
      'fileName', case when not is_withdrawn(d.id) then d.file_name end, 'mediaType', d.media_type,
      'size', d.size, 'uploadedAt', d.uploaded_at)
      order by d.uploaded_at, d.id), '[]')
      from document d where d.uploaded_by = p.id),
  'contentWithdrawals', (select coalesce(jsonb_agg(jsonb_build_object(
      'subjectId', w.subject_id, 'kind', w.kind, 'reason', w.reason, 'at', w.at)
      order by w.at, w.subject_id), '[]')
      from content_withdrawal w where w.withdrawn_by = p.id),
  'invitations', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', i.id, 'organisationId', i.organisation_id, 'roles', i.roles, 'email', i.email,
      'note', i.note, 'sent', i.invited_by = p.id, 'invitedAt', i.invited_at,
      'acceptedAt', i.accepted_at)
      order by i.invited_at, i.id), '[]')
      from invitation i where i.invited_by = p.id or i.accepted_by = p.id),
  -- The identity of an API key is not a person: its actions belong to the organisation.
  'apiKeys', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', k.id, 'organisationId', k.organisation_id, 'name', k.name, 'roles', k.roles, 'scopes', k.scopes,
      'made', k.made_by = p.id, 'madeAt', k.made_at, 'expiresAt', k.expires_at, 'revokedAt', k.revoked_at)
      order by k.made_at, k.id), '[]')
      from api_key k where k.made_by = p.id or k.revoked_by = p.id),
  'verifications', (select coalesce(jsonb_agg(jsonb_build_object(
      'organisationId', o.id, 'note', o.verification_note, 'at', o.verified_at)
      order by o.verified_at, o.id), '[]')
      from organisation o where o.verified_by = p.id),
  'nonprofitStatuses', (select coalesce(jsonb_agg(jsonb_build_object(
      'organisationId', s.organisation_id, 'status', s.status, 'recordedAt', s.recorded_at)
      order by s.id), '[]')
      from nonprofit_status s where s.recorded_by = p.id),
  'requests', (select coalesce(jsonb_agg(jsonb_build_object(
      'operation', k.operation, 'at', k.at)
      order by k.at, k.operation, k.key), '[]')
      from idempotency k where k.person_id = p.id),
  'audit', (select coalesce(jsonb_agg(jsonb_build_object(
      'at', a.at, 'organisationId', a.organisation_id, 'action', a.action, 'subjectId', a.subject_id,
      'detail', a.detail)
      order by a.id), '[]')
      from audit a where a.person_id = p.id)
) || jsonb_build_object(
  'tenderGroups', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', g.id, 'procurementId', g.procurement_id, 'formedAt', g.formed_at)
      order by g.formed_at, g.id), '[]')
      from tender_group g where g.formed_by = p.id),
  'tenderGroupVersions', (select coalesce(jsonb_agg(jsonb_build_object(
      'groupId', v.group_id, 'version', v.version, 'name', v.name, 'madeAt', v.made_at)
      order by v.made_at, v.group_id, v.version), '[]')
      from tender_group_version v where v.made_by = p.id),
  'tenderGroupAnswers', (select coalesce(jsonb_agg(jsonb_build_object(
      'groupId', a.group_id, 'version', a.version, 'organisationId', a.organisation_id, 'answer', a.answer,
      'givenAt', a.given_at)
      order by a.id), '[]')
      from tender_group_answer a where a.given_by = p.id),
  'tenderGroupEnds', (select coalesce(jsonb_agg(jsonb_build_object(
      'groupId', e.group_id, 'dissolvedAt', e.dissolved_at)
      order by e.dissolved_at, e.group_id), '[]')
      from tender_group_end e where e.dissolved_by = p.id),
  -- A function has at most 100 arguments.
  'awardAnnulments', (select coalesce(jsonb_agg(jsonb_build_object(
      'awardId', n.award_id, 'cause', n.cause, 'at', n.at)
      order by n.at, n.award_id), '[]')
      from award_annulment n where n.annulled_by = p.id),
  'complaints', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', c.id, 'awardId', c.award_id, 'title', c.title, 'text', c.text, 'filedAt', c.filed_at)
      order by c.filed_at, c.id), '[]')
      from complaint c where c.filed_by = p.id),
  'complaintAnswers', (select coalesce(jsonb_agg(jsonb_build_object(
      'complaintId', c.complaint_id, 'text', c.text, 'at', c.at)
      order by c.at, c.complaint_id), '[]')
      from complaint_answer c where c.answered_by = p.id),
  'complaintReviews', (select coalesce(jsonb_agg(jsonb_build_object(
      'complaintId', c.complaint_id, 'outcome', c.outcome, 'at', c.at)
      order by c.at, c.complaint_id), '[]')
      from complaint_review c where c.recorded_by = p.id),
  'contracts', (select coalesce(jsonb_agg(jsonb_build_object(
      'awardId', c.award_id, 'at', c.at)
      order by c.at, c.award_id), '[]')
      from contract c where c.recorded_by = p.id),
  'lotEnds', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', e.procurement_id, 'lotId', e.lot_id, 'outcome', e.outcome, 'at', e.at)
      order by e.at, e.procurement_id, e.lot_id), '[]')
      from lot_end e where e.ended_by = p.id)
) || jsonb_build_object( -- A function has at most 100 arguments.
  'openingApprovals', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', r.procurement_id, 'at', a.approved_at)
      order by a.approved_at, r.id), '[]')
      from opening_approval a join opening_request r on r.id = a.request_id
      where a.person_id = p.id or a.approved_by = p.id),
  'openingCancellations', (select coalesce(jsonb_agg(jsonb_build_object(
      'procurementId', r.procurement_id, 'at', c.cancelled_at)
      order by c.cancelled_at, r.id), '[]')
      from opening_cancellation c join opening_request r on r.id = c.request_id where c.cancelled_by = p.id),
  'tenderScores', (select coalesce(jsonb_agg(jsonb_build_object('tenderId', s.tender_id, 'lotId', s.lot_id,
      'criterionId', s.criterion_id, 'points', s.points, 'motive', s.motive, 'at', s.scored_at)
      order by s.scored_at, s.id), '[]')
      from tender_score s where s.scored_by = p.id),
  'tenderExclusions', (select coalesce(jsonb_agg(jsonb_build_object('tenderId', x.tender_id, 'ground', x.ground,
      'motive', x.motive, 'at', x.excluded_at)
      order by x.excluded_at, x.tender_id), '[]')
      from tender_exclusion x where x.excluded_by = p.id),
  'clarifications', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'tenderId', c.tender_id,
      'text', c.text, 'at', c.requested_at)
      order by c.requested_at, c.id), '[]')
      from clarification c where c.requested_by = p.id),
  'clarificationAnswers', (select coalesce(jsonb_agg(jsonb_build_object('clarificationId', c.clarification_id,
      'text', c.text, 'at', c.answered_at)
      order by c.answered_at, c.clarification_id), '[]')
      from clarification_answer c where c.answered_by = p.id),
  'tenderReadings', (select coalesce(jsonb_agg(jsonb_build_object('tenderId', g.tender_id, 'hour', g.hour)
      order by g.hour, g.tender_id), '[]')
      from tender_reading g where g.person_id = p.id)
) as "data!" from person p where p.id = $1
