import { damagedBooks } from '../support/damage.ts'

// audit_chain: every column of a sealed row and of its seal, and every row that is taken away, put in, or moved.

const { suffer } = await damagedBooks()
const changed = /^Audit row 2 \(.* by .*\) or its seal 2 was changed after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** A column of the second row, which has all of them, and what is written there. */
const edits: Readonly<Record<string, string>> = {
  at: `at + interval '1 microsecond'`,
  actor: `actor || ' '`,
  action: `'looked'`,
  object: `'nothing'`,
  before: `'{"b": 1, "aa": []}'`,
  after: `null`,
  reason: `null`,
  correlation_id: `'test-1'`,
}

suffer([
  ...Object.entries(edits).map(([column, value]) => ({
    what: `an audit row whose ${column} was changed`,
    plant: `update audit set ${column} = ${value} where id = 2`,
    red: { audit_chain: changed },
  })),
  {
    what: 'a text that was moved from one column into the next',
    plant: `update audit set actor = actor || action, action = '' where id = 2`,
    red: { audit_chain: changed },
  },
  {
    what: 'a seal whose time was changed',
    plant: `update audit_seals set sealed_at = sealed_at - interval '1 day' where position = 2`,
    red: { audit_chain: changed },
  },
  {
    what: 'a seal whose hash was changed',
    plant: `update audit_seals set sha256 = repeat('0', 64) where position = 2`,
    red: {
      audit_chain:
        /^(Audit row 2 \(.*\) or its seal 2 was changed after .*|Seal 3 \(audit row 3\) names another hash than that of seal 2: one of the two was changed)$/,
    },
  },
  {
    what: 'a seal that names another hash before it',
    plant: `update audit_seals set previous_sha256 = sha256 where position = 2`,
    red: {
      audit_chain:
        /^(Audit row 2 \(.*\) or its seal 2 was changed after .*|Seal 2 \(audit row 2\) names another hash than that of seal 1: one of the two was changed)$/,
    },
  },
  {
    what: 'a first seal that follows something',
    plant: `delete from audit_seals where position = 1`,
    red: {
      audit_chain:
        /^(Seal 2 \(audit row 2\) follows seal 0: seal 1 is gone|Audit row 1 of .* has no seal, and nothing is to seal it)$/,
    },
  },
  {
    what: 'a seal that was taken away',
    plant: `delete from audit_seals where position = 2`,
    red: {
      audit_chain:
        /^(Seal 3 \(audit row 3\) follows seal 1: seal 2 is gone|Audit row 2 of .* has no seal, and nothing is to seal it)$/,
    },
  },
  {
    what: 'a row that was taken away',
    plant: `delete from audit where id = 2`,
    red: { audit_chain: /^Audit row 2 is gone: seal 2 of \d{4}-\S+ is of it$/ },
  },
  {
    what: 'a row that was taken away with its seal',
    plant: ['delete from audit where id = 2', 'delete from audit_seals where audit_id = 2'],
    red: { audit_chain: /^Seal 3 \(audit row 3\) follows seal 1: seal 2 is gone$/ },
  },
  {
    what: 'a row that was taken away with its seal, and the seals after it moved up',
    plant: [
      'delete from audit where id = 2',
      'delete from audit_seals where audit_id = 2',
      'update audit_seals set position = 2 where position = 3',
    ],
    red: {
      audit_chain:
        /^(Seal 2 \(audit row 3\) names another hash than that of seal 1: one of the two was changed|Audit row 3 \(.*\) or its seal 2 was changed after .*)$/,
    },
  },
  {
    what: 'two rows that were swapped',
    plant: `update audit a set at = b.at, actor = b.actor, action = b.action, object = b.object, before = b.before, after = b.after,
      reason = b.reason, correlation_id = b.correlation_id from audit b where (a.id, b.id) in ((2, 3), (3, 2))`,
    red: { audit_chain: /^Audit row [23] \(.* by .*\) or its seal [23] was changed after / },
  },
  {
    what: 'two seals that were swapped',
    plant: [
      'update audit_seals set position = 99 where position = 2',
      'update audit_seals set position = 2 where position = 3',
      'update audit_seals set position = 3 where position = 99',
    ],
    red: {
      audit_chain:
        /^(Seal [23] \(audit row [23]\) names another hash than that of seal [12]: one of the two was changed|Audit row [23] \(.*\) or its seal [23] was changed after .*)$/,
    },
  },
  {
    what: 'a row that was written past the sealer',
    plant: `insert into audit (actor, action, object, correlation_id) values ('nobody', 'planted', 'nothing', 'test-1')`,
    red: { audit_chain: /^Audit row \d+ of .* has no seal, and nothing is to seal it$/ },
  },
  {
    what: 'a row that was taken away before it was sealed',
    plant: 'insert into audit_unsealed values (99)',
    red: { audit_chain: /^Audit row 99 was taken away before it was sealed$/ },
  },
])
