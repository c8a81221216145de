-- The model's tables as DuckDB's own SQL over the same JSON ($source): what tests compare a lake with. Values that are not
-- as their field wants are null here, so faults can be told apart: is_faulty says that a value was there and is none.
-- click_id is DuckDB's hash, not Spark's.

create macro has_value(j) as j is not null and json_type(j) <> 'NULL';
create macro text_of(j) as
    case when json_type(j) not in ('OBJECT', 'ARRAY') then j->>'$' end;
create macro int64_of(j) as case when json_type(j) in ('UBIGINT', 'BIGINT') then try_cast(j as bigint) end;
create macro int32_of(j) as try_cast(int64_of(j) as integer);
create macro double_of(j) as
    case when json_type(j) in ('UBIGINT', 'BIGINT', 'DOUBLE') then try_cast(j as double) end;
create macro bool_of(j) as case when json_type(j) = 'BOOLEAN' then j::boolean end;
create macro date_of(j) as
    case when json_type(j) = 'VARCHAR' and regexp_full_match(j->>'$', '\d{4}-\d\d-\d\d')
         then try_cast(j->>'$' as date) end;
create macro price_of(j) as
    case when json_type(j) in ('UBIGINT', 'BIGINT', 'DOUBLE', 'VARCHAR')
          and regexp_full_match(j->>'$', '-?\d+(\.\d{1,2})?') then try_cast(j->>'$' as decimal(10, 2)) end;
create macro seconds_of(j) as
    case when int64_of(j) between 0 and 253402300799 then make_timestamp(int64_of(j) * 1000000) end;
create macro ms_of(j) as
    case when int64_of(j) between 0 and 253402300799999 then make_timestamp(int64_of(j) * 1000) end;
create macro moment_of(j) as
    case when json_type(j) = 'VARCHAR' then timezone('UTC', try_cast(j->>'$' as timestamptz)) end;
create macro is_faulty(j, value) as has_value(j) and value is null;
-- The text of a subtree as the file has it, but for white space: DuckDB writes it anew.
create macro subtree_of(j) as case when has_value(j) then j::varchar end;

create temp table raw_products as
select text_of(r->'$.sku') as sku, text_of(r->'$.name') as name, text_of(r->'$.category') as category,
       text_of(r->'$.brand') as brand, price_of(r->'$.price') as price,
       bool_of(r->'$.available') as available, date_of(r->'$.since') as since,
       moment_of(r->'$.updated') as updated, double_of(r->'$.weight') as weight,
       coalesce(int32_of(r->'$.stock'), 0) as stock
from (select unnest(from_json(json->'$.Records', '["JSON"]')) as r
      from read_json_objects(getvariable('source') || '/products/**/*.json*', format = 'unstructured'))
where text_of(r->'$.sku') <> '' and not is_faulty(r->'$.price', price_of(r->'$.price'))
  and not is_faulty(r->'$.available', bool_of(r->'$.available'))
  and not is_faulty(r->'$.since', date_of(r->'$.since'))
  and not is_faulty(r->'$.updated', moment_of(r->'$.updated'))
  and len(list_filter(json_keys(r), lambda k: k not in ('sku', 'name', 'category', 'brand', 'price',
          'available', 'since', 'updated', 'weight', 'stock'))) = 0;

create temp table raw_customers as
select text_of(r->'$.customer_id') as customer_id, text_of(r->'$.name') as name,
       text_of(r->'$.email') as email, date_of(r->'$.born') as born,
       bool_of(r->'$.newsletter') as newsletter, seconds_of(r->'$.registered') as registered,
       price_of(r->'$.credit') as credit, text_of(r->'$.address.city') as city,
       text_of(r->'$.address.country') as country, text_of(r->'$.tags[0]') as segment,
       subtree_of(r->'$.preferences') as preferences
from (select json as r
      from read_json_objects(getvariable('source') || '/customers/one/*.json*', format = 'unstructured')
      union all
      select json as r
      from read_json_objects(getvariable('source') || '/customers/many/*.json*', format = 'array'))
where text_of(r->'$.customer_id') <> '' and not is_faulty(r->'$.born', date_of(r->'$.born'));

create temp table kept as
select ms_of(r->'$.at') as moment, text_of(r->'$.session.id') as session_id,
       seconds_of(r->'$.session.started') as started, text_of(r->'$.session.device') as device,
       text_of(r->'$.session.landing') as landing, bool_of(r->'$.session.is_bot') as is_bot,
       int32_of(r->'$.sequence') as sequence, text_of(r->'$.event') as event,
       text_of(r->'$.page') as page, text_of(r->'$.referrer') as referrer,
       text_of(r->'$.customer_id') as customer_id, text_of(r->'$.item.sku') as sku,
       price_of(r->'$.item.price') as price, coalesce(int32_of(r->'$.item.quantity'), 0) as quantity,
       text_of(r->'$.experiments[0].name') as experiment, subtree_of(r->'$.experiments') as experiments
from (select json as r
      from read_json_objects(getvariable('source') || '/clicks/**/*.json*', format = 'unstructured'))
where r->>'$.stream' = 'shop' and ms_of(r->'$.at') is not null and text_of(r->'$.session.id') <> ''
  and int32_of(r->'$.sequence') is not null and text_of(r->'$.event') <> '';

create temp view products as
select sku, name, nullif(category, '') as category, brand, price, available, since, updated, weight,
       stock
from raw_products
qualify row_number() over (
    partition by sku
    order by updated desc nulls last, name nulls first, category nulls first, brand nulls first,
             price nulls first, available nulls first, since nulls first, weight nulls first) = 1;

create temp view customers as
from raw_customers
qualify row_number() over (
    partition by customer_id
    order by registered desc nulls last, name nulls first, email nulls first, born nulls first,
             newsletter nulls first, credit nulls first, city nulls first, country nulls first) = 1;

create temp view sessions as
select session_id, customer_id, device, landing, is_bot, started as started_at, moment as last_seen,
       page as last_page
from kept
qualify row_number() over (
    partition by session_id
    order by moment desc, sequence desc, customer_id desc nulls last, device nulls first,
             landing nulls first, is_bot nulls first, started nulls first, page nulls first) = 1;

create temp view time as
select clicked_at, clicked_at::date as date, hour(clicked_at)::int as hour,
       day(clicked_at)::int as day, week(clicked_at)::int as week, month(clicked_at)::int as month,
       year(clicked_at)::int as year, dayofweek(clicked_at)::int + 1 as weekday
from (select distinct moment as clicked_at from kept);

create temp view product_matches as
from raw_products
qualify row_number() over (
    partition by sku
    order by updated desc nulls last, name nulls first, category nulls first, price nulls first) = 1;

create temp view customer_matches as
from raw_customers
qualify row_number() over (
    partition by customer_id order by registered desc nulls last, country nulls first) = 1;

create temp view clicks as
select hash(session_id, sequence, moment) as click_id, moment as clicked_at, event, session_id, sequence,
       c.customer_id as customer_id, country, c.sku as sku, p.name as product,
       category, p.price as list_price, c.price as price, quantity, c.page as page, referrer,
       experiment, experiments, year(moment)::int as year, month(moment)::int as month, day(moment)::int as day
from (select distinct moment, event, session_id, sequence, customer_id, sku, price, quantity, page,
             referrer, experiment, experiments from kept) c
left join product_matches p on p.sku = c.sku
left join customer_matches m on m.customer_id = c.customer_id;
