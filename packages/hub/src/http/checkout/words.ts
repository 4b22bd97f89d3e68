import type { Language } from '../language.ts'
import { moneyWords } from './state-words.ts'

/** What sentences are about. Texts are shown as they are, never as markup. */
export type Subject = {
  readonly amount: string
  readonly merchant: string
  /** A moment in Phnom Penh, in words. */
  readonly time: string
  /** Amounts that wait for a person, and that settled so far, in words. */
  readonly held: string
  readonly settled: string
}

/** One sentence in both languages. It must be true whenever it is shown: money is what it speaks of. */
export type Words = Readonly<Record<Language, (subject: Subject) => string>>

/** What became of what a customer pressed. */
export const replyWords = {
  askedAndUnsure: {
    en: () =>
      'The bank was asked just now and could not confirm a payment yet. If you have paid, it is found later too: keep your bank’s receipt.',
    km: () =>
      'យើងទើបតែបានសួរធនាគារ ប៉ុន្តែមិនទាន់អាចបញ្ជាក់ការបង់ប្រាក់បានទេ។ ប្រសិនបើអ្នកបានបង់ វានឹងត្រូវបានរកឃើញនៅពេលក្រោយ៖ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។',
  },
  notAskedNow: {
    en: () =>
      'The bank cannot be asked again just now; it is asked again without you. If you have paid, keep your bank’s receipt.',
    km: () => 'មិនអាចសួរធនាគារម្ដងទៀតបានទេឥឡូវនេះ យើងនឹងសួរវាដោយមិនបាច់មានអ្នក។ ប្រសិនបើអ្នកបានបង់ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។',
  },
  bankTells: {
    en: () =>
      'This bank cannot be asked: it tells us by itself when your money has come. If you have paid, keep your bank’s receipt.',
    km: () =>
      'មិនអាចសួរធនាគារនេះបានទេ៖ ធនាគារនឹងប្រាប់យើងដោយខ្លួនឯង នៅពេលប្រាក់របស់អ្នកមកដល់។ ប្រសិនបើអ្នកបានបង់ សូមរក្សាទុកបង្កាន់ដៃធនាគាររបស់អ្នក។',
  },
  underReview: {
    en: ({ merchant }) =>
      `Money may have arrived for this payment, and a person looks at it. Do not pay again before you have asked ${merchant}: tell them the case code below.`,
    km: ({ merchant }) =>
      `អាចមានប្រាក់បានមកដល់សម្រាប់ការបង់ប្រាក់នេះ ហើយមានអ្នកកំពុងពិនិត្យវា។ សូមកុំបង់ម្ដងទៀតមុនពេលសួរ ${merchant}៖ សូមប្រាប់លេខករណីខាងក្រោម។`,
  },
  notCancelled: {
    en: () => 'It could not be cancelled: the bank must first say that nobody has paid. Try again in a moment.',
    km: () => 'មិនអាចបោះបង់បានទេ៖ ធនាគារត្រូវបញ្ជាក់ជាមុនថាមិនទាន់មានអ្នកបង់ប្រាក់។ សូមព្យាយាមម្ដងទៀតក្នុងពេលបន្តិច។',
  },
  noCodeNow: {
    en: () => 'Another code cannot be made just now. Nothing about your payment has changed: try again in a moment.',
    km: () => 'មិនអាចបង្កើតកូដថ្មីបានទេឥឡូវនេះ។ គ្មានអ្វីប្រែប្រួលចំពោះការបង់ប្រាក់របស់អ្នកទេ៖ សូមព្យាយាមម្ដងទៀតក្នុងពេលបន្តិច។',
  },
  nothingDue: {
    en: () => 'Nothing is due any more: no other code is needed.',
    km: () => 'មិនមានអ្វីត្រូវបង់ទៀតទេ៖ មិនត្រូវការកូដថ្មីទេ។',
  },
} as const satisfies Record<string, Words>

export type ReplyName = keyof typeof replyWords

export const sentences = {
  ...moneyWords,
  ...replyWords,
  title: {
    en: ({ amount, merchant }) => `Pay ${amount} to ${merchant}`,
    km: ({ amount, merchant }) => `បង់ប្រាក់ ${amount} ទៅ ${merchant}`,
  },
  notFound: { en: () => 'There is no such page', km: () => 'គ្មានទំព័រនេះទេ' },
  notFoundMore: {
    en: () =>
      'Check the link, or ask whoever gave it to you for a new one. The link of a payment that ended long ago works no more; a receipt has a link of its own.',
    km: () =>
      'សូមពិនិត្យតំណ ឬសុំតំណថ្មីពីអ្នកដែលបានផ្ញើវាមក។ តំណនៃការបង់ប្រាក់ដែលបានបញ្ចប់យូរហើយ មិនដំណើរការទៀតទេ ប៉ុន្តែបង្កាន់ដៃមានតំណរបស់វាផ្ទាល់។',
  },
  error: { en: () => 'This cannot be shown now', km: () => 'មិនអាចបង្ហាញបានទេឥឡូវនេះ' },
  errorMore: {
    en: () => 'Nothing about your payment has changed. Load this page again in a moment.',
    km: () => 'គ្មានអ្វីប្រែប្រួលចំពោះការបង់ប្រាក់របស់អ្នកទេ។ សូមបើកទំព័រនេះម្ដងទៀតក្នុងពេលបន្តិច។',
  },
  refused: { en: () => 'This was not done', km: () => 'មិនបានធ្វើទេ' },
  refusedMore: {
    en: () => 'It was sent from another site. Nothing about your payment has changed: open its page itself.',
    km: () => 'វាត្រូវបានផ្ញើពីគេហទំព័រផ្សេង។ គ្មានអ្វីប្រែប្រួលចំពោះការបង់ប្រាក់របស់អ្នកទេ៖ សូមបើកទំព័ររបស់វាផ្ទាល់។',
  },
  tryAgain: { en: () => 'Try again', km: () => 'ព្យាយាមម្ដងទៀត' },

  merchantLabel: { en: () => 'Paid to', km: () => 'បង់ទៅ' },
  policyLabel: { en: () => 'Policy number', km: () => 'លេខបណ្ណសន្យារ៉ាប់រង' },
  orderLabel: { en: () => 'Order number', km: () => 'លេខបញ្ជាទិញ' },
  topupLabel: { en: () => 'Top-up number', km: () => 'លេខបញ្ចូលប្រាក់' },
  caseLabel: { en: () => 'Case code', km: () => 'លេខករណី' },
  timeLeft: { en: () => 'Time left:', km: () => 'នៅសល់៖' },
  askThem: {
    en: ({ merchant }) => `Questions? Ask ${merchant}, and tell them the case code.`,
    km: ({ merchant }) => `មានសំណួរ? សូមសួរ ${merchant} ហើយប្រាប់លេខករណី។`,
  },

  onPhone: {
    en: () => 'On this phone: open your banking app, or save the code as a picture and choose that in the app.',
    km: () => 'លើទូរសព្ទនេះ៖ សូមបើកកម្មវិធីធនាគារ ឬរក្សាទុកកូដជារូបភាព រួចជ្រើសរើសវាក្នុងកម្មវិធី។',
  },
  openApp: { en: () => 'Open banking app', km: () => 'បើកកម្មវិធីធនាគារ' },
  sandboxPhone: { en: () => 'Open the sandbox phone', km: () => 'បើកទូរសព្ទសាកល្បង' },
  savePicture: { en: () => 'Save the code as a picture', km: () => 'រក្សាទុកកូដជារូបភាព' },
  apps: { en: () => 'Which apps can scan it?', km: () => 'កម្មវិធីណាខ្លះអាចស្កេនបាន?' },
  appsMore: {
    en: () => 'Every app that reads KHQR, among them those of:',
    km: () => 'កម្មវិធីទាំងអស់ដែលអាន KHQR ក្នុងនោះមាន៖',
  },
  text: { en: () => 'The code as text', km: () => 'កូដជាអក្សរ' },
  copy: { en: () => 'Copy', km: () => 'ចម្លង' },
  copied: { en: () => 'Copied', km: () => 'បានចម្លង' },
  toBank: { en: () => 'Go to the bank’s page', km: () => 'ទៅទំព័ររបស់ធនាគារ' },
  paidButton: { en: () => 'I have paid', km: () => 'ខ្ញុំបានបង់ប្រាក់រួចហើយ' },
  showCode: { en: () => 'Show the code again', km: () => 'បង្ហាញកូដម្ដងទៀត' },
  newCode: { en: () => 'Make a new code', km: () => 'បង្កើតកូដថ្មី' },
  cancel: { en: () => 'Cancel this payment', km: () => 'បោះបង់ការបង់ប្រាក់នេះ' },
  cancelMore: {
    en: () => 'After that, do not pay its code. If you have paid already, do not cancel it.',
    km: () => 'បោះបង់ហើយ សូមកុំបង់តាមកូដនេះទៀត។ ប្រសិនបើអ្នកបានបង់រួច សូមកុំបោះបង់។',
  },
  cancelYes: { en: () => 'Yes, cancel it', km: () => 'បាទ/ចាស បោះបង់' },
  chime: { en: () => 'Play a sound when it is paid', km: () => 'បន្លឺសំឡេងពេលបង់រួច' },
  receipt: { en: () => 'Show the receipt', km: () => 'មើលបង្កាន់ដៃ' },
  backToShop: { en: () => 'Back to the shop', km: () => 'ត្រឡប់ទៅហាងវិញ' },
  goBack: { en: () => 'Back', km: () => 'ត្រឡប់ក្រោយ' },
  anotherTopup: { en: () => 'Start another top-up', km: () => 'បញ្ចូលប្រាក់ម្ដងទៀត' },
  goWithoutPaying: { en: () => 'Go back without paying', km: () => 'ត្រឡប់ក្រោយដោយមិនបង់ប្រាក់' },
  theShop: { en: () => 'the shop', km: () => 'ហាង' },
} as const satisfies Record<string, Words>

export type SentenceName = keyof typeof sentences
