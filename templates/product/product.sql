-- One row for each __key__.
select
__select__
from clean.__clean_table__
