import type { Figures, Options } from './simulate-budget-figures.ts'
import { minute, second } from './simulate-budget-traffic.ts'

// docs/bakong-budget.md, with the tables that the simulation wrote.

export type Simulated = {
  readonly options: Options
  readonly day: readonly Figures[]
  readonly other: readonly Figures[]
  readonly verdicts: readonly { readonly says: string; readonly holds: boolean }[]
}

export function budgetPage(simulated: Simulated): string {
  return `${[...opening, ...results(simulated), ...supposed(simulated.options), ...advice].join('\n')}\n`
}

/** The rows of a table, lists first: the same in the page and in the terminal. */
export function tableOf(figures: readonly Figures[]): string[] {
  return [
    '| list calls | asked | within 10 s | 60 s | 5 min | same day | in the end | calls answered | calls after code 17 | ended unasked | announced `delayed` |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...figures.map((one) => `| ${cells(one).join(' | ')} |`),
  ]
}

function cells(one: Figures): string[] {
  const calls = `${count(one.calls)}${one.lasted > 1 ? ` in ${one.lasted} days` : ''}`
  return [
    one.line.lists ? 'work' : 'refused',
    one.line.name,
    percent(one.within(10 * second)),
    percent(one.within(minute)),
    percent(one.within(5 * minute)),
    percent(one.sameDay),
    percent(one.inTheEnd),
    calls,
    count(one.refused),
    count(one.unchecked),
    one.line.asking.way === 'planned' ? percent(one.delayed) : '–',
  ]
}

const opening = [
  '# How a hundred status calls a day are spent',
  '',
  '<!-- Written by scripts/simulate-budget.ts. Change the code it is made from, then run: npm run simulate:budget -->',
  '',
  'Bakong never calls back. Whether a code was paid is known only by asking, and clients report that one token may ask about',
  '**100 times a day**; then every call is answered with code 17 until midnight in Phnom Penh, refused calls counted too. The number is not',
  'in the bank’s documents, so it is a setting (`status-calls-per-day`), and the hub learns it from the bank’s own words.',
  '',
  'One abandoned code, asked about every 5 seconds for 15 minutes, takes 180 calls. So the hub does not poll: it plans.',
  '',
  '## The plan',
  '',
  '[call-plan.ts](../packages/hub/src/domain/call-plan.ts) decides each second which calls are made. It is a pure function of the open',
  'codes, of what is left, and of the time.',
  '',
  '- **Worth.** A call is worth the chance that it sees a payment that nobody knows of yet: most who pay do so 15 to 120 seconds after',
  '  they see the code, and a page that is being read counts for more than one that is not. Where list calls work, one call takes',
  '  along up to 50 codes, and their worth adds up.',
  '- **Price.** A call is made when its worth reaches its price. The price follows from what is left of the day’s calls and what the',
  '  day usually still brings, by the last hours and by yesterday. On a quiet day a code is looked at after 5, 15 and 30 seconds, then every',
  '  10 to 30; on a busy day once, after about a minute, or not before its end.',
  '- **Last looks.** A code is closed only after an answer at expiry + grace. It rides along with another call, or has one of its own after',
  '  at most half an hour; where the bank refuses lists it has its own. Later looks (15 minutes, an hour, a day) are taken as the budget allows.',
  '- **Reserve.** The last 20 calls of a day (`status-calls-reserved`) are kept for last looks and for “I have paid”.',
  '- **Too short a day.** Of the planned calls six of ten stay with fresh codes; the others go to last looks, the longest waiting first. What',
  '  cannot be asked stays open and is first after midnight. A code made then is announced as `delayed` from the start.',
  '- **After code 17** nothing is asked until midnight. A payment is never called unpaid because nobody asked.',
  '',
]

function results({ options, day, other, verdicts }: Simulated): string[] {
  return [
    '## What it brings',
    '',
    `\`npm run simulate:budget\` plays ${options.seeds.length} days of ${options.topUps} top-ups each, of which ${percent(options.abandoned)} are abandoned, with ${options.perDay} calls a day, and the`,
    'days after them until every code was answered for. The same customers are asked about by the plan and by two fixed pollers, which',
    'ask about each code until it is paid or expires. Shares are of the paid top-ups: credited so long after the payment. Figures are',
    'of all days together; a test runs the simulation again and compares.',
    '',
    '![Left: the share of paid top-ups credited, by the time since the payment. Right: the share credited within 60 seconds, by top-ups a day.](bakong-budget.svg)',
    '',
    ...tableOf(day),
    '',
    'What was asked of it:',
    '',
    ...verdicts.map(({ says, holds }) => `- ${holds ? '' : '**Not so:** '}${says}.`),
    '',
    'A fixed poller spends the day’s calls on its first customers, in the first minutes of the day; after that it is blind until midnight,',
    'and by then its codes have expired. Both of its rows are near zero for that reason, not by bad luck.',
    '',
    'The plan on days that are not as it supposes (three days in a row: one run):',
    '',
    ...tableOf(other),
    '',
    'Without list calls 200 codes a day cannot be decided with 100 calls: each needs one of its own. A single such day is made',
    'up for in the days after it. When they follow each other, the queue grows by about a hundred codes a day, whatever the hub',
    'does: [what an operator can do](#what-an-operator-can-do).',
    '',
  ]
}

function supposed(options: Options): string[] {
  return [
    '## What the simulation supposes',
    '',
    'Everything about the customers is made up:',
    '',
    `- Codes are made between 7:00 and 21:00, with peaks in the morning, at noon and in the evening; they expire after 15 minutes, the grace is 2 minutes. ${options.reserve} of the ${options.perDay} calls are the reserve.`,
    '- Payers pay log-normally around 40 seconds after they see the code. They read the page until they see that it is paid, or give up after',
    '  about two minutes; one phone in four stops reading while its owner is in the bank’s app.',
    '- Those who do not pay leave after about a minute.',
    '- The bank answers at once and never errs. Real time-outs count as calls and make every share smaller.',
    '- The plan is told nothing of this, but its own idea of payers is close to it (half of them within 40 seconds). The row “payers take',
    '  twice as long” shows what a wrong idea costs.',
    '',
    'Other numbers: `npm run simulate:budget -- --top-ups 80 --abandoned 0.3 --per-day 500 --seeds 3` prints the table and writes nothing.',
    '',
  ]
}

const advice = [
  '## What an operator can do',
  '',
  'In the order of what it brings:',
  '',
  '1. **Get list calls.** `check_transaction_by_md5_list` asks about 50 codes with one call; in production some tokens are answered 403. Ask',
  '   NBC to open it for yours: nothing else changes as much.',
  '2. **Ask NBC for a larger allowance**, then raise `status-calls-per-day`. It is counted per token. Several tokens for one merchant only',
  '   where NBC agrees in writing: the hub does not rotate tokens to get around the limit.',
  '3. **Offer a bank that calls back** beside Bakong: its notice settles in a second and costs no call.',
  '4. **Read the bank’s statement or app** for what is announced as `delayed`. The hub finds the same money by itself when',
  '   it has calls again, and credits it once; telling the customer need not wait for that.',
  '5. **Have cashiers and customers press “I have paid”.** It is one call at the right moment, out of the reserve.',
  '6. **Take no more than can be confirmed.** Without list calls about 50 top-ups a day can be decided the same day; a day of 200 is not one',
  '   that this token can carry.',
  '',
  '`delayed` says nothing about the money: whoever pays has paid, and it is in the account. Only the hub learns of it later.',
]

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
