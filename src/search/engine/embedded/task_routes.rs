//! `/tasks`: shown, listed by filters, cancelled, forgotten.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::error::{ApiError, Outcome};
use super::json::listed;
use super::request::{Answer, Request, Verb};
use super::tasks::{Kind, Status, Task, Work};

const FILTERS: [&str; 12] = [
    "uids",
    "batchUids",
    "canceledBy",
    "types",
    "statuses",
    "indexUids",
    "afterEnqueuedAt",
    "beforeEnqueuedAt",
    "afterStartedAt",
    "beforeStartedAt",
    "afterFinishedAt",
    "beforeFinishedAt",
];

/// All tasks: listed, or forgotten by a filter.
pub(super) fn all(shared: &Shared, request: &Request) -> Outcome<Answer> {
    if request.verb == Verb::Delete {
        return forget(shared, request);
    }
    let accepted: Vec<&str> = ["limit", "from", "reverse"]
        .into_iter()
        .chain(FILTERS)
        .collect();
    request.accept_parameters(&accepted)?;
    let limit = request
        .unsigned("limit", "invalid_task_limit")?
        .unwrap_or(20);
    let from = request.unsigned("from", "invalid_task_from")?;
    let reverse = request
        .boolean("reverse", "invalid_task_reverse")?
        .unwrap_or(false);
    let filter = Filter::read(request)?;
    let mut tasks = shared.tasks.list(|task| filter.accepts(task));
    let total = tasks.len();
    if reverse {
        tasks.reverse();
    }
    let mut rest = tasks.iter().filter(|task| match from {
        Some(from) if reverse => task.uid as usize >= from,
        Some(from) => task.uid as usize <= from,
        None => true,
    });
    let page: Vec<&Task> = rest.by_ref().take(limit).collect();
    Ok(Answer::ok(json!({
        "results": page.iter().map(|task| task.to_json()).collect::<Vec<Value>>(),
        "total": total,
        "limit": limit,
        "from": page.first().map(|task| task.uid),
        "next": rest.next().map(|task| task.uid),
    })))
}

/// One task.
pub(super) fn one(shared: &Shared, uid: &str) -> Outcome<Answer> {
    let number = uid.parse().map_err(|_| {
        ApiError::new(
            "invalid_task_uids",
            format!("Task uid `{uid}` is invalid. It should only contain numeric characters."),
        )
    })?;
    Ok(Answer::ok(shared.tasks.get(number)?.to_json()))
}

/// `/tasks/cancel`.
pub(super) fn cancel(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let uids = selected(shared, request, "cancel", |task| !task.status.is_finished())?;
    let details = json!({ "matchedTasks": uids.len(), "canceledTasks": null, "originalFilter": query_text(request) });
    Ok(Answer::ok(shared.tasks.enqueue(
        Kind::TaskCancelation,
        None,
        details,
        Work::CancelTasks(uids),
    )))
}

fn forget(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let uids = selected(shared, request, "delete", |task| task.status.is_finished())?;
    let details = json!({ "matchedTasks": uids.len(), "deletedTasks": null, "originalFilter": query_text(request) });
    Ok(Answer::ok(shared.tasks.enqueue(
        Kind::TaskDeletion,
        None,
        details,
        Work::DeleteTasks(uids),
    )))
}

fn selected(
    shared: &Shared,
    request: &Request,
    verb: &str,
    ready: impl Fn(&Task) -> bool,
) -> Outcome<Vec<u32>> {
    request.accept_parameters(&FILTERS)?;
    if request.query.is_empty() {
        let available = [
            "uids",
            "indexUids",
            "statuses",
            "types",
            "canceledBy",
            "beforeEnqueuedAt",
            "afterEnqueuedAt",
            "beforeStartedAt",
            "afterStartedAt",
            "beforeFinishedAt",
            "afterFinishedAt",
        ];
        return Err(ApiError::new(
            "missing_task_filters",
            format!(
                "Query parameters to filter the tasks to {verb} are missing. Available query parameters are: {}.",
                listed(&available)
            ),
        ));
    }
    let filter = Filter::read(request)?;
    Ok(shared
        .tasks
        .list(|task| filter.accepts(task) && ready(task))
        .iter()
        .map(|task| task.uid)
        .collect())
}

fn query_text(request: &Request) -> String {
    let pairs: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("?{}", pairs.join("&"))
}

/// Which tasks a request is about; what is not given is not asked.
#[derive(Default)]
struct Filter {
    uids: Option<Vec<u32>>,
    batches: Option<Vec<u32>>,
    canceled_by: Option<Vec<u32>>,
    kinds: Option<Vec<Kind>>,
    statuses: Option<Vec<Status>>,
    indexes: Option<Vec<String>>,
    enqueued: Span,
    started: Span,
    finished: Span,
}

/// After one time and before another, neither included.
#[derive(Default)]
struct Span {
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

impl Span {
    fn holds(&self, at: Option<DateTime<Utc>>) -> bool {
        self.after
            .is_none_or(|after| at.is_some_and(|at| at > after))
            && self
                .before
                .is_none_or(|before| at.is_some_and(|at| at < before))
    }
}

impl Filter {
    fn read(request: &Request) -> Outcome<Self> {
        Ok(Self {
            uids: numbers(request, "uids", "invalid_task_uids")?,
            batches: numbers(request, "batchUids", "invalid_batch_uids")?,
            canceled_by: numbers(request, "canceledBy", "invalid_task_canceled_by")?,
            kinds: named(
                request,
                "types",
                "invalid_task_types",
                "type",
                &Kind::ALL,
                Kind::name,
            )?,
            statuses: named(
                request,
                "statuses",
                "invalid_task_statuses",
                "status",
                &Status::ALL,
                Status::name,
            )?,
            indexes: request
                .list("indexUids")
                .map(|uids| uids.into_iter().map(str::to_owned).collect()),
            enqueued: span(
                request,
                ["afterEnqueuedAt", "beforeEnqueuedAt"],
                [
                    "invalid_task_after_enqueued_at",
                    "invalid_task_before_enqueued_at",
                ],
            )?,
            started: span(
                request,
                ["afterStartedAt", "beforeStartedAt"],
                [
                    "invalid_task_after_started_at",
                    "invalid_task_before_started_at",
                ],
            )?,
            finished: span(
                request,
                ["afterFinishedAt", "beforeFinishedAt"],
                [
                    "invalid_task_after_finished_at",
                    "invalid_task_before_finished_at",
                ],
            )?,
        })
    }

    fn accepts(&self, task: &Task) -> bool {
        fn within<T: PartialEq>(wanted: &Option<Vec<T>>, value: Option<&T>) -> bool {
            wanted
                .as_ref()
                .is_none_or(|wanted| value.is_some_and(|value| wanted.contains(value)))
        }
        within(&self.uids, Some(&task.uid))
            && within(&self.batches, task.batch.as_ref())
            && within(&self.canceled_by, task.canceled_by.as_ref())
            && within(&self.kinds, Some(&task.kind))
            && within(&self.statuses, Some(&task.status))
            && self
                .indexes
                .as_ref()
                .is_none_or(|wanted| task.indexes.iter().any(|uid| wanted.contains(uid)))
            && self.enqueued.holds(Some(task.enqueued_at))
            && self.started.holds(task.started_at)
            && self.finished.holds(task.finished_at)
    }
}

fn numbers(request: &Request, name: &str, code: &'static str) -> Outcome<Option<Vec<u32>>> {
    let Some(list) = request.list(name) else {
        return Ok(None);
    };
    let number = |(at, text): (usize, &str)| {
        text.parse().map_err(|_| ApiError::new(code, format!("Invalid value in parameter `{name}[{at}]`: could not parse `{text}` as a positive integer")))
    };
    list.into_iter()
        .enumerate()
        .map(number)
        .collect::<Outcome<_>>()
        .map(Some)
}

fn named<T: Copy>(
    request: &Request,
    name: &str,
    code: &'static str,
    what: &str,
    all: &[T],
    name_of: fn(T) -> &'static str,
) -> Outcome<Option<Vec<T>>> {
    let Some(list) = request.list(name) else {
        return Ok(None);
    };
    let find = |(at, text): (usize, &str)| {
        all.iter().find(|one| name_of(**one) == text).copied().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|one| name_of(*one)).collect();
            ApiError::new(code, format!("Invalid value in parameter `{name}[{at}]`: `{text}` is not a valid task {what}. Available {} are {}.", plural(what), listed(&known)))
        })
    };
    list.into_iter()
        .enumerate()
        .map(find)
        .collect::<Outcome<_>>()
        .map(Some)
}

fn plural(what: &str) -> &str {
    if what == "status" {
        "statuses"
    } else {
        "types"
    }
}

fn span(
    request: &Request,
    [after, before]: [&str; 2],
    [after_code, before_code]: [&'static str; 2],
) -> Outcome<Span> {
    Ok(Span {
        after: date(request, after, after_code)?,
        before: date(request, before, before_code)?,
    })
}

fn date(request: &Request, name: &str, code: &'static str) -> Outcome<Option<DateTime<Utc>>> {
    let Some(text) = request.parameter(name).filter(|text| *text != "*") else {
        return Ok(None);
    };
    let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    let exact = DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.with_timezone(&Utc));
    match exact.or_else(|| text.parse().ok().and_then(midnight)) {
        Some(at) => Ok(Some(at)),
        None => Err(ApiError::new(
            code,
            format!(
                "Invalid value in parameter `{name}`: `{text}` is an invalid date-time. It should follow the YYYY-MM-DD or RFC 3339 date-time format."
            ),
        )),
    }
}
