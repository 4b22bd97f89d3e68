// audit_chain, as far as it is not computed: rows that no seal is of. $1: whether a hub has been running for a minute.

/** A row may wait so long for its seal, in milliseconds, while a hub runs. */
export const longestUnsealedMs = 60_000

export const auditChain = `select 'Audit row ' || a.id || ' of ' || a.at || ' has no seal, and nothing is to seal it' as sentence
    from audit a left join audit_seals s on s.audit_id = a.id left join audit_unsealed u on u.audit_id = a.id
    where s.audit_id is null and u.audit_id is null
  union all select 'Audit row ' || a.id || ' has waited for its seal since ' || a.at || ': the job seal-audit does not run'
    from audit_unsealed u join audit a on a.id = u.audit_id where $1::boolean and a.at < now() - interval '${longestUnsealedMs} milliseconds'
  union all select 'Audit row ' || u.audit_id || ' was taken away before it was sealed'
    from audit_unsealed u where not exists (select from audit a where a.id = u.audit_id)`
