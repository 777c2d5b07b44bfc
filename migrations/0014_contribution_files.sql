-- Files as answers to a questionnaire: some are business secrets.

-- With an organisation: those alone who run its dialogues (roles EDITOR and PUBLISHER), as they alone read contributions.
-- Servers from before this file let all its members read: answer no file questions until all are replaced.
alter table document_share add column editors_alone boolean not null default false;
alter table document_share add constraint document_share_editors_of_one
    check (not (editors_alone and organisation_id is null)) not valid;
alter table document_share validate constraint document_share_editors_of_one;
