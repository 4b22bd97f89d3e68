import type { Status } from '../../domain/transitions.ts'
import type { Words } from './samples.ts'

export const words = {
  title: { en: 'KHQR Hub sandbox', km: 'KHQR Hub សម្រាប់សាកល្បង' },
  start: { en: 'A payment in three steps', km: 'ការបង់ប្រាក់ក្នុងបីជំហាន' },
  intro: {
    en: 'Banks and policy systems are played on this machine. No real money exists here.',
    km: 'ធនាគារ និងប្រព័ន្ធធានារ៉ាប់រងទាំងអស់នៅទីនេះគ្រាន់តែជាការសាកល្បងលើម៉ាស៊ីននេះ។ គ្មានប្រាក់ពិតទេ។',
  },
  stepPress: {
    en: 'Press “Pay” beside a sample below. The page opens that a customer sees.',
    km: 'សូមចុច «បង់ប្រាក់» នៅក្បែរគំរូមួយខាងក្រោម។ ទំព័រដែលអតិថិជនឃើញនឹងបើក។',
  },
  stepPhone: {
    en: 'There, open the sandbox phone. It plays the customer’s banking app: pay.',
    km: 'នៅទំព័រនោះ សូមបើកទូរសព្ទសាកល្បង។ វាដើរតួជាកម្មវិធីធនាគាររបស់អតិថិជន៖ សូមបង់ប្រាក់។',
  },
  stepPaid: {
    en: 'Look at the customer’s page again: it has turned paid by itself, and has a receipt.',
    km: 'សូមមើលទំព័ររបស់អតិថិជនម្ដងទៀត៖ វាបង្ហាញថាបានបង់រួចដោយស្វ័យប្រវត្តិ ហើយមានបង្កាន់ដៃ។',
  },
  phone: { en: 'Open the sandbox phone', km: 'បើកទូរសព្ទសាកល្បង' },
  premiums: { en: 'Insurance premiums', km: 'បុព្វលាភធានារ៉ាប់រង' },
  orders: { en: 'Shop orders', km: 'ការបញ្ជាទិញ' },
  topups: { en: 'Wallets', km: 'កាបូបលុយ' },
  pay: { en: 'Pay', km: 'បង់ប្រាក់' },
  topUp: { en: 'Top up', km: 'បញ្ចូលលុយ' },
  otherTopup: { en: 'Top up another wallet, or another amount', km: 'បញ្ចូលលុយកាបូបផ្សេង ឬចំនួនផ្សេង' },
  newBill: { en: 'A new bill', km: 'វិក្កយបត្រថ្មី' },
  newBillMore: { en: 'made for you now', km: 'បង្កើតឱ្យអ្នកឥឡូវនេះ' },
  paid: { en: 'paid, nothing is due', km: 'បានបង់រួច គ្មានអ្វីត្រូវបង់ទេ' },
  notKnown: { en: 'the policy system does not answer now', km: 'ប្រព័ន្ធធានារ៉ាប់រងមិនឆ្លើយទេឥឡូវនេះ' },
  through: { en: 'through', km: 'តាម' },
  wallet: { en: 'Wallet of', km: 'កាបូបលុយរបស់' },
  last: { en: 'Last payments', km: 'ការបង់ប្រាក់ចុងក្រោយ' },
  noneYet: { en: 'None yet.', km: 'មិនទាន់មានទេ។' },
  lookAgain: { en: 'Look again', km: 'ពិនិត្យម្ដងទៀត' },
  runs: { en: 'What runs', km: 'អ្វីដែលកំពុងដំណើរការ' },
  up: { en: 'answers', km: 'ឆ្លើយតប' },
  down: { en: 'does not answer', km: 'មិនឆ្លើយតប' },
  port: { en: 'port', km: 'ច្រក' },
  banks: { en: 'Banks', km: 'ធនាគារ' },
  off: { en: 'switched off', km: 'បានបិទ' },
  more: { en: 'Look closer', km: 'មើលឱ្យច្បាស់' },
  journal: { en: 'Journal of the played banks', km: 'បញ្ជីរបស់ធនាគារសាកល្បង' },
  health: { en: 'Health', km: 'ស្ថានភាព' },
  metrics: { en: 'Metrics', km: 'រង្វាស់' },
  docs: { en: 'Documents', km: 'ឯកសារ' },
  back: { en: 'Back', km: 'ត្រឡប់' },
  simulatorAway: {
    en: 'The played banks do not answer: their simulator has stopped. Stop the hub (Ctrl-C) and start it again: nothing is forgotten.',
    km: 'ធនាគារសាកល្បងមិនឆ្លើយតបទេ៖ simulator របស់វាបានឈប់។ សូមបញ្ឈប់ hub (Ctrl-C) ហើយចាប់ផ្ដើមវាម្ដងទៀត៖ គ្មានអ្វីបាត់បង់ទេ។',
  },
  nothingDue: {
    en: 'A bill that was paid has nothing due any more. Go back, and choose another one: “A new bill” never runs out.',
    km: 'វិក្កយបត្រដែលបានបង់រួចគ្មានអ្វីត្រូវបង់ទៀតទេ។ សូមត្រឡប់ ហើយជ្រើសរើសមួយផ្សេង៖ «វិក្កយបត្រថ្មី» មានជានិច្ច។',
  },
  tooOften: {
    en: 'That was too often in one minute. Wait a little, and press again.',
    km: 'បានចុចច្រើនដងពេកក្នុងមួយនាទី។ សូមរង់ចាំបន្តិច ហើយចុចម្ដងទៀត។',
  },
  held: { en: 'under review', km: 'កំពុងពិនិត្យ' },
  refused: { en: 'This did not work', km: 'មិនបានសម្រេច' },
} as const satisfies Record<string, Words>

export type WordName = keyof typeof words

export const statusWords: Readonly<Record<Status, Words>> = {
  pending: { en: 'waiting', km: 'រង់ចាំ' },
  processing: { en: 'waiting', km: 'រង់ចាំ' },
  completed: { en: 'paid', km: 'បានបង់' },
  failed: { en: 'failed', km: 'មិនបានសម្រេច' },
  cancelled: { en: 'cancelled', km: 'បានបោះបង់' },
  expired: { en: 'expired', km: 'ផុតកំណត់' },
}
