{#-
  Orders text by its bytes, as DuckDB and Snowflake do by themselves. PostgreSQL follows the
  database's locale, under which the same ids can sort the other way round.
-#}
{%- macro byte_order(column) -%}
  {{ adapter.dispatch('byte_order', 'genesys_journey')(column) }}
{%- endmacro -%}

{%- macro default__byte_order(column) -%}
  {{ column }}
{%- endmacro -%}

{%- macro postgres__byte_order(column) -%}
  {{ column }} collate "C"
{%- endmacro -%}
