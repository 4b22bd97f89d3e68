import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weighRefund } from './refund-evidence.ts'

const rows: readonly {
  readonly says: string
  readonly gone: bigint
  readonly listed?: readonly bigint[]
  readonly baseline?: bigint
  readonly earlier?: readonly bigint[]
  readonly means: ReturnType<typeof weighRefund>
}[] = [
  { says: 'nothing is gone', gone: 0n, means: 'not_sent' },
  { says: 'the sum grew by less', gone: 9n, means: 'not_sent' },
  { says: 'the sum grew by exactly ours', gone: 10n, means: 'sent' },
  { says: 'the sum grew by exactly ours, after another', gone: 25n, baseline: 15n, means: 'sent' },
  { says: 'the sum has not grown since', gone: 15n, baseline: 15n, means: 'not_sent' },
  { says: 'the sum grew by more, and nobody says of what', gone: 17n, means: 'unclear' },
  { says: 'it grew by more, and ours is in the list', gone: 17n, listed: [7n, 10n], means: 'sent' },
  { says: 'it grew by more, and ours is not in the list', gone: 17n, listed: [8n, 9n], means: 'not_sent' },
  {
    says: 'the only one like ours in the list is an earlier one',
    gone: 22n,
    baseline: 10n,
    listed: [10n, 12n],
    earlier: [10n],
    means: 'not_sent',
  },
  {
    says: 'there are two like ours in the list, and one is an earlier one',
    gone: 20n,
    baseline: 10n,
    listed: [10n, 10n],
    earlier: [10n],
    means: 'sent',
  },
]

for (const { says, gone, listed = [], baseline = 0n, earlier = [], means } of rows) {
  test(`${says}: ${means}`, () => {
    const evidence = { goneMinor: gone, listedMinor: listed, baselineMinor: baseline, earlierMinor: earlier }
    assert.equal(weighRefund({ ...evidence, amountMinor: 10n }), means)
  })
}
