//! `/tasks`: shows one task, lists tasks by filters.

use serde_json::{Value, json};

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::json::listed;
use super::request::{Answer, Request};
use super::tasks::{Task, TaskStatus};

/// Answers `/tasks`: a page of the tasks that the filters accept, the newest first.
pub(super) fn list(state: &EngineState, request: &Request) -> ApiResult<Answer> {
    request.accept_parameters(&["limit", "from", "statuses", "indexUids"])?;
    let limit = request
        .unsigned("limit", "invalid_task_limit")?
        .unwrap_or(20);
    let from = request.unsigned("from", "invalid_task_from")?;
    let statuses = statuses(request)?;
    let indexes = request.list("indexUids");
    let tasks = state.tasks.list(|task| {
        statuses
            .as_ref()
            .is_none_or(|statuses| statuses.contains(&task.status))
            && indexes.as_ref().is_none_or(|wanted| {
                task.indexes
                    .iter()
                    .any(|uid| wanted.contains(&uid.as_str()))
            })
    });
    let mut following = tasks
        .iter()
        .filter(|task| from.is_none_or(|from| task.uid as usize <= from));
    let page: Vec<&Task> = following.by_ref().take(limit).collect();
    Ok(Answer::ok(json!({
        "results": page.iter().map(|task| task.to_json()).collect::<Vec<Value>>(),
        "total": tasks.len(),
        "limit": limit,
        "from": page.first().map(|task| task.uid),
        "next": following.next().map(|task| task.uid),
    })))
}

/// Answers `/tasks/UID`.
pub(super) fn one(state: &EngineState, uid: &str) -> ApiResult<Answer> {
    let number = uid.parse().map_err(|_| {
        ApiError::new(
            "invalid_task_uids",
            format!("Task uid `{uid}` is invalid. It should only contain numeric characters."),
        )
    })?;
    Ok(Answer::ok(state.tasks.get(number)?.to_json()))
}

fn statuses(request: &Request) -> ApiResult<Option<Vec<TaskStatus>>> {
    let Some(names) = request.list("statuses") else {
        return Ok(None);
    };
    let parse = |(position, name): (usize, &str)| {
        let status = TaskStatus::ALL
            .into_iter()
            .find(|status| status.name() == name);
        status.ok_or_else(|| {
            let known = TaskStatus::ALL.map(TaskStatus::name);
            ApiError::new(
                "invalid_task_statuses",
                format!(
                    "Invalid value in parameter `statuses[{position}]`: `{name}` is not a valid task status. Available statuses are {}.",
                    listed(&known)
                ),
            )
        })
    };
    names
        .into_iter()
        .enumerate()
        .map(parse)
        .collect::<ApiResult<_>>()
        .map(Some)
}
