-- The VAT numbers of ten more states are the national numbers that they contain
-- (src/organisation/identifier/national.rs). Numbers with wrong check digits are changed as well: they
-- are of no existing legal person.
create temporary table contained (state text, register text, digits int) on commit drop;
insert into contained values
    ('BE', 'BE-BCE_KBO', 3), ('BG', 'BG-EIK', 3), ('CZ', 'CZ-ICO', 3), ('ES', 'ES-NIF', 3), ('FR', 'FR-SIREN', 5),
    ('HR', 'HR-OIB', 3), ('LV', 'LV-RE', 3), ('PL', 'PL-NIP', 3), ('PT', 'PT-NIPC', 3), ('RO', 'RO-CUI', 3);

update organisation_identifier set legal_scheme = register, legal_value = substr(legal_value, digits)
from contained
where legal_scheme = 'EU-VAT' and left(legal_value, 2) = state
  -- A branch in Bulgaria has 13 digits.
  and (state <> 'BG' or length(legal_value) = 11);

-- A national number that another organisation has verified stays with that organisation.
insert into verified_number (scheme, value, organisation_id, verified_at)
select register, substr(value, digits), organisation_id, verified_at
from verified_number join contained on left(value, 2) = state
where scheme = 'EU-VAT' and (state <> 'BG' or length(value) = 11)
order by verified_at, organisation_id
on conflict do nothing;
delete from verified_number using contained
where scheme = 'EU-VAT' and left(value, 2) = state
  and exists (select from verified_number other
              where other.scheme = register and other.value = substr(verified_number.value, digits)
                and other.organisation_id = verified_number.organisation_id);
