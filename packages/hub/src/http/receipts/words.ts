import type { Language } from '../language.ts'

/** Every sentence of a receipt, on the page and on paper. Each must be true whenever it is shown. */
export const sentences = {
  title: { en: 'Receipt', km: 'បង្កាន់ដៃ' },
  number: { en: 'Receipt number', km: 'លេខបង្កាន់ដៃ' },
  payment: { en: 'Payment number', km: 'លេខបង់ប្រាក់' },
  premium: { en: 'Policy number', km: 'លេខបណ្ណសន្យារ៉ាប់រង' },
  dueDate: { en: 'Due date', km: 'ថ្ងៃផុតកំណត់បង់' },
  topup: { en: 'Wallet', km: 'កាបូបលុយ' },
  order: { en: 'Order number', km: 'លេខការបញ្ជាទិញ' },
  payer: { en: 'Payer', km: 'អ្នកបង់ប្រាក់' },
  amount: { en: 'Amount', km: 'ចំនួនទឹកប្រាក់' },
  paidAt: { en: 'Paid', km: 'បានបង់នៅ' },
  bank: { en: 'Bank', km: 'ធនាគារ' },
  transaction: { en: 'Bank transaction', km: 'លេខប្រតិបត្តិការធនាគារ' },
  refunded: { en: 'Sent back since', km: 'បានផ្ញើត្រឡប់វិញ' },
  verified: {
    en: 'The bank confirmed that this money arrived.',
    km: 'ធនាគារបានបញ្ជាក់ថាប្រាក់នេះបានមកដល់។',
  },
  byNotice: {
    en: 'The bank told us of this payment; it is still to be compared with the bank’s statement.',
    km: 'ធនាគារបានជូនដំណឹងអំពីការបង់ប្រាក់នេះ៖ វានឹងត្រូវផ្ទៀងផ្ទាត់ជាមួយរបាយការណ៍ធនាគារ។',
  },
  takenBack: {
    en: 'The bank has taken money of this payment back since.',
    km: 'ធនាគារបានដកប្រាក់នៃការបង់នេះវិញ។',
  },
  pdf: { en: 'Save as PDF', km: 'រក្សាទុកជា PDF' },
  check: {
    en: 'Scan to check this receipt: what the page says counts.',
    km: 'ស្កេនដើម្បីផ្ទៀងផ្ទាត់បង្កាន់ដៃនេះ៖ ព័ត៌មាននៅលើទំព័រគឺជាព័ត៌មានត្រឹមត្រូវ។',
  },
  disagrees: { en: 'This receipt does not agree with the books', km: 'បង្កាន់ដៃនេះមិនត្រូវនឹងបញ្ជីគណនេយ្យទេ' },
  disagreesMore: {
    en: 'What is stored of this payment was changed after the receipt was issued, so nothing of it is shown. Ask whoever you paid.',
    km: 'ព័ត៌មាននៃការបង់ប្រាក់នេះត្រូវបានផ្លាស់ប្ដូរក្រោយពេលចេញបង្កាន់ដៃ ដូច្នេះយើងមិនបង្ហាញវាទេ។ សូមសួរអ្នកដែលអ្នកបានបង់ប្រាក់ឱ្យ។',
  },
  notFound: { en: 'There is no such receipt', km: 'គ្មានបង្កាន់ដៃនេះទេ' },
  notFoundMore: {
    en: 'Check the link: each of its letters counts.',
    km: 'សូមពិនិត្យតំណឡើងវិញ៖ តួអក្សរនីមួយៗមានសារៈសំខាន់។',
  },
  trouble: { en: 'This cannot be shown now', km: 'មិនអាចបង្ហាញបានទេឥឡូវនេះ' },
  troubleMore: {
    en: 'Nothing about your payment has changed. Load this page again in a moment.',
    km: 'គ្មានអ្វីប្រែប្រួលចំពោះការបង់ប្រាក់របស់អ្នកទេ។ សូមបើកទំព័រនេះម្ដងទៀតក្នុងពេលបន្តិច។',
  },
} as const satisfies Record<string, Record<Language, string>>

export type SentenceName = keyof typeof sentences
