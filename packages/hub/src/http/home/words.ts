import type { Status } from '../../domain/transitions.ts'
import type { Words } from './samples.ts'

export const words = {
  title: { en: 'KHQR Hub sandbox', km: 'KHQR Hub សម្រាប់សាកល្បង' },
  intro: {
    en: 'Every bank and policy system here is played on this machine. No real money exists. Press a button: the page a customer sees opens. Then pay it with the sandbox phone, and watch it turn paid.',
    km: 'ធនាគារ និងប្រព័ន្ធធានារ៉ាប់រងទាំងអស់នៅទីនេះដំណើរការលើម៉ាស៊ីននេះ។ គ្មានប្រាក់ពិតទេ។ សូមចុចប៊ូតុងមួយ៖ ទំព័រដែលអតិថិជនឃើញនឹងបើក។ បន្ទាប់មក សូមបង់ដោយប្រើទូរសព្ទសាកល្បង ហើយមើលវាប្រែជាបានបង់។',
  },
  phone: { en: 'Open the sandbox phone', km: 'បើកទូរសព្ទសាកល្បង' },
  premiums: { en: 'Insurance premiums', km: 'បុព្វលាភធានារ៉ាប់រង' },
  orders: { en: 'Shop orders', km: 'ការបញ្ជាទិញ' },
  topups: { en: 'Wallets', km: 'កាបូបលុយ' },
  payPremium: { en: 'Pay this premium', km: 'បង់បុព្វលាភនេះ' },
  payOrder: { en: 'Pay this order', km: 'បង់ការបញ្ជាទិញនេះ' },
  topUp: { en: 'Top up this wallet', km: 'បញ្ចូលលុយកាបូបនេះ' },
  newBill: { en: 'A new bill', km: 'វិក្កយបត្រថ្មី' },
  newBillMore: { en: 'made for you now', km: 'បង្កើតឱ្យអ្នកឥឡូវនេះ' },
  paid: { en: 'paid, nothing is due', km: 'បានបង់រួច គ្មានអ្វីត្រូវបង់ទេ' },
  notKnown: { en: 'the policy system does not answer now', km: 'ប្រព័ន្ធធានារ៉ាប់រងមិនឆ្លើយទេឥឡូវនេះ' },
  through: { en: 'through', km: 'តាម' },
  wallet: { en: 'wallet of', km: 'កាបូបលុយរបស់' },
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
  refused: { en: 'This did not work', km: 'មិនបានសម្រេច' },
} as const satisfies Record<string, Words>

export type WordName = keyof typeof words

export const statusWords: Readonly<Record<Status, Words>> = {
  pending: { en: 'waiting', km: 'រង់ចាំ' },
  processing: { en: 'waiting', km: 'រង់ចាំ' },
  completed: { en: 'paid', km: 'បានបង់' },
  failed: { en: 'failed', km: 'មិនបានសម្រេច' },
  cancelled: { en: 'given up', km: 'បានបោះបង់' },
  expired: { en: 'expired', km: 'ផុតកំណត់' },
}
