//! Macros that create messages. They are in scope in the whole crate.

/// Creates a [`Message`](super::Message) from its English template and the values of its placeholders:
/// `message!("choose from {allowed}", allowed = Parameter::any_of(names))`. A value that has the
/// name of its placeholder is written once: `message!("at most {limit}", limit)`.
macro_rules! message {
    (@value $name:ident) => {
        $name
    };
    (@value $name:ident = $value:expr) => {
        $value
    };
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const {
            assert!(
                $crate::kernel::message::has_placeholders($template, &[$(stringify!($name)),*]),
                "the placeholders of the template and the named values differ"
            );
        };
        $crate::kernel::message::Message::new($template)
            $(.with(stringify!($name), message!(@value $name $(= $value)?)))*
    }};
}

/// Creates a [`Message`](super::Message) whose template depends on a count, one for 1 and one for every other:
/// `counted!(seats, "{seats} seat is free", "{seats} seats are free", seats)`.
macro_rules! counted {
    (
        $count:expr, $one:literal, $other:literal $(, $name:ident $(= $value:expr)?)* $(,)?
    ) => {{
        const {
            let names = &[$(stringify!($name)),*];
            assert!(
                $crate::kernel::message::has_placeholders($other, names),
                "the placeholders of the template and the named values differ"
            );
        };
        $crate::kernel::message::Message::counted($count, $one, $other)
            $(.with(stringify!($name), message!(@value $name $(= $value)?)))*
    }};
}
