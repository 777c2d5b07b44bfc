-- What a notification is about, and whether its recipient has read it.
alter table notification
    -- The object that the event is about, where `subject_id` is a fresh ID because the same event can happen to the object
    -- several times. Null: `subject_id` is the object.
    add column about_id uuid,
    -- Null until the recipient marks the notification as read.
    add column read_at timestamptz;
create index notification_unread on notification (person_id) where read_at is null;
