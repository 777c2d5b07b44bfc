//! The metrics and the trace of a job's run.

use std::time::Instant;

use ::metrics::histogram;

use super::{request::Completion, traces};

/// Runs a job with a trace, and measures its duration. A job that is dropped before it completes
/// counts as cancelled.
pub async fn run_job(
    task: &'static str,
    work: impl Future<Output = Result<(), String>>,
) -> Result<(), String> {
    let mut run = JobRun {
        task,
        begun: Instant::now(),
        completion: Completion::Cancelled,
    };
    let result = traces::job(task, work).await;
    run.completion = match result {
        Ok(()) => Completion::Ok,
        Err(_) => Completion::Failed,
    };
    result
}

struct JobRun {
    task: &'static str,
    begun: Instant,
    completion: Completion,
}

impl Drop for JobRun {
    fn drop(&mut self) {
        let (task, outcome) = (self.task, self.completion.as_str());
        // The lookup of the histogram costs little compared with a job, which takes milliseconds.
        histogram!("torg_job_duration_seconds", "task" => task, "outcome" => outcome)
            .record(self.begun.elapsed().as_secs_f64());
    }
}
