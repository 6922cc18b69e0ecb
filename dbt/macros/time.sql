{#- Whole milliseconds from 1970 to a timestamp: the resolution of every instant Genesys sends. -#}
{%- macro epoch_ms(timestamp) -%}
  cast({{ dbt.datediff("cast('1970-01-01' as " ~ dbt.type_timestamp() ~ ")", timestamp, 'millisecond') }} as {{ dbt.type_bigint() }})
{%- endmacro -%}

{#- The number of the span of `width_ms` milliseconds that an instant, in milliseconds, falls into. -#}
{%- macro time_bucket(instant_ms, width_ms) -%}
  cast(floor({{ instant_ms }} / {{ width_ms }}.0) as {{ dbt.type_bigint() }})
{%- endmacro -%}
