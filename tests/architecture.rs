//! Rules for the source itself: which module may import which, where SQL may be written, what the
//! schema describes, and how many statements a request runs.

mod code_locations;
mod import_cycles;
mod imports;
mod input_numbers;
mod list_statements;
mod messages;
mod module_directions;
mod schema_descriptions;
mod source;
mod statement_counts;
mod variables;
