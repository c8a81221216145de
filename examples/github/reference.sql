-- The model's tables as DuckDB's own SQL over the same JSON ($source), in one pass over the files: what tests compare
-- a lake with, and what the benchmark times. event_key is DuckDB's hash of the id, not Spark's.

create temp table records as
select id, type, actor, repo, org, payload, public, created_at
from (select * replace (timezone('UTC', try_cast(created_at as timestamptz)) as created_at)
      from read_json(getvariable('source') || '/events/*.json*', format = 'newline_delimited',
          ignore_errors = true, maximum_object_size = 16777216, columns = {
          id: 'VARCHAR', type: 'VARCHAR',
          actor: 'STRUCT(id BIGINT, login VARCHAR, display_login VARCHAR, avatar_url VARCHAR)',
          repo: 'STRUCT(id BIGINT, name VARCHAR)', org: 'STRUCT(id BIGINT, login VARCHAR)',
          payload: 'JSON', public: 'BOOLEAN', created_at: 'VARCHAR'}))
where id <> '' and type <> '' and actor.id is not null and actor.login <> ''
  and repo.id is not null and repo.name <> '' and created_at is not null;

create temp view actors as
select actor.id as actor_id, actor.login as login, actor.display_login as display_login,
       actor.avatar_url as avatar_url
from records
qualify row_number() over (
    partition by actor.id
    order by created_at desc, id desc, actor.login, actor.display_login nulls first,
             actor.avatar_url nulls first) = 1;

create temp view repositories as
select repo.id as repo_id, repo.name as name
from records
qualify row_number() over (
    partition by repo.id order by created_at desc, id desc, repo.name) = 1;

create temp view organisations as
select org.id as org_id, org.login as login
from records
where org.id is not null
qualify row_number() over (
    partition by org.id order by created_at desc, id desc, org.login nulls first) = 1;

create temp view time as
select created_at, hour(created_at)::int as hour, day(created_at)::int as day,
       week(created_at)::int as week, month(created_at)::int as month,
       year(created_at)::int as year, dayofweek(created_at)::int + 1 as weekday
from (select distinct created_at from records);

create temp view events as
select hash(id) as event_key, created_at, id as event_id, type, actor_id, repo_id, org_id,
       action, ref, commits, first_commit, public, payload,
       created_at::date as date, dayofweek(created_at)::int + 1 as weekday,
       year(created_at)::int as year, month(created_at)::int as month,
       day(created_at)::int as day, hour(created_at)::int as hour
from (select distinct id, created_at, type, actor.id as actor_id, repo.id as repo_id,
             org.id as org_id, payload->>'$.action' as action, payload->>'$.ref' as ref,
             (payload->>'$.size')::int as commits,
             payload->>'$.commits[0].sha' as first_commit, public, payload::varchar as payload
      from records);
