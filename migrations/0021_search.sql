-- Search: numbers of procurements in cursors, and names of organisations folded as searches are.

-- The number of each procurement that was indexed, in the order of first indexing.
create table search_number (
    procurement_id uuid primary key references procurement,
    number integer not null generated always as identity unique
);

-- Returns a text in lower case without diacritics, as `fold` in src/kernel/folding.rs, whatever the
-- locale of the database: the letters that `lower` does not know in the locale C are listed.
create function search_fold(given text) returns text
    language sql immutable parallel safe strict
    return translate(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(
            lower(regexp_replace(
                normalize(given, nfkd),
                '[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]',
                '', 'g') collate "C"),
            'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'), 'Œ', 'oe'), 'ß', 'ss'), 'ẞ', 'ss'), 'þ', 'th'), 'Þ', 'th'), 'ς', 'σ'),
        'øđðłıØĐÐŁΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ',
        'oddlioddlαβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ');

-- Replaces `search_name`, which the previous version still reads and writes.
alter table organisation
    add column folded_name text not null generated always as (search_fold(name)) stored;
