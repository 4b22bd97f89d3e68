import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { PageTheme } from '../http/page-look.ts'
import { listOf, number, oneOf, plain, type Setting } from './setting-kinds.ts'

/** What the pages that customers pay on look like, and who may show them inside a page of his own. */
export const pageSettings = [
  plain(
    'checkout.name',
    'HUB_PAGE_NAME',
    'Whose name stands at the head of the pages that customers pay on. Empty: the name that each code says.',
    'text',
    'Sample Insurance',
    '',
    shortText,
  ),
  plain(
    'checkout.colour',
    'HUB_PAGE_COLOUR',
    'Colour of their buttons. White words stand on it, so it must be dark enough (contrast 4.5 to 1).',
    'colour',
    '#0b6e4f',
    '#b5121b',
    darkColour,
  ),
  plain(
    'checkout.logo',
    'HUB_PAGE_LOGO',
    'File of the picture beside the name: PNG, JPEG, WebP or SVG, at most 50 KB. Empty: none.',
    'path',
    '/srv/khqr-hub/logo.png',
    '',
    shortText,
  ),
  plain(
    'checkout.contact',
    'HUB_PAGE_CONTACT',
    'Whom customers ask when something went wrong: a line of text, such as a telephone number. Empty: the shop, by name only.',
    'text',
    '023 000 000, 8:00 to 17:00',
    '',
    shortText,
  ),
  plain(
    'checkout.apps',
    'HUB_PAGE_APPS',
    'Names of banking apps that can scan KHQR, as customers know them, with commas between.',
    'names',
    'ABA, ACLEDA, Wing',
    'ABA, ACLEDA, AMK, Bakong, Canadia, Chip Mong, Hattha, Phillip, PPCBank, Prince, Sathapana, TrueMoney, Vattanac, Wing',
    longText,
  ),
  plain(
    'checkout.frameOrigins',
    'HUB_PAGE_FRAME_ORIGINS',
    'Origins of sites that may show these pages: in a frame, or with `<khqr-checkout>`, whose script reads them. With commas between. Empty: nobody.',
    'origins',
    'https://shop.example',
    '',
    origins,
  ),
  plain(
    'checkout.linkDays',
    'HUB_PAGE_LINK_DAYS',
    'For how long the link of a payment works after it is over, unless money of it still waits for somebody.',
    'days',
    '90',
    '30',
    number('a number of days', 1, 3_650),
  ),
  plain(
    'topups.startPage',
    'HUB_TOPUP_PAGE',
    'Whether there is a page, `/topup`, on which anybody may begin a top-up: `on`, `off`, or in the `sandbox` only.',
    'word',
    'on',
    'sandbox',
    oneOf('on', 'off', 'sandbox'),
  ),
] as const satisfies readonly Setting[]

/** What the settings say of the pages; `logo` is a file's path. */
export type PageConfig = Omit<PageTheme, 'logo'> & { readonly logo: string | undefined }

const pictureTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
}
const largestLogoBytes = 50 * 1024

/** With the logo's picture in it. Throws an error that says what is wrong with its file. */
export function readPageTheme(config: PageConfig): PageTheme {
  const { logo, ...rest } = config
  if (logo === undefined) return { ...rest, logo: undefined }
  const type = pictureTypes[extname(logo).toLowerCase()]
  if (type === undefined) throw wrongLogo(logo, 'must end in .png, .jpg, .webp or .svg')
  if (!existsSync(logo)) throw wrongLogo(logo, 'does not exist')
  const bytes = readFileSync(logo)
  if (bytes.length > largestLogoBytes) throw wrongLogo(logo, `has ${bytes.length} bytes: at most ${largestLogoBytes}`)
  return { ...rest, logo: { type, bytes } }
}

function wrongLogo(path: string, problem: string): Error {
  return new Error(`HUB_PAGE_LOGO (checkout.logo) is "${path}": the file ${problem}.`)
}

function shortText(text: string): string | undefined {
  return /^\P{Cc}{0,200}$/u.test(text) ? undefined : 'must be one line of at most 200 characters'
}

function longText(text: string): string | undefined {
  return /^\P{Cc}{0,1000}$/u.test(text) ? undefined : 'must be one line of at most 1,000 characters'
}

function origins(text: string): string | undefined {
  // A host may hold what a policy's header reads as more than one site, such as "*" and ";".
  const isOrigin = (one: string) =>
    URL.canParse(one) && new URL(one).origin === one && /^https?:\/\/[a-z\d._:[\]-]+$/.test(one)
  return listOf(text).every(isOrigin) ? undefined : 'must be origins such as https://shop.example, without a path'
}

/** Of WCAG 2.2, level AA, for words of usual size. */
const leastContrast = 4.5

function darkColour(text: string): string | undefined {
  if (!/^#[\da-f]{6}$/i.test(text)) return 'must be a colour such as #0b6e4f'
  const contrast = 1.05 / (luminance(text) + 0.05)
  return contrast >= leastContrast
    ? undefined
    : `must be darker: white words on it have a contrast of ${contrast.toFixed(1)}, and need ${leastContrast}`
}

/** Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const share = Number.parseInt(colour.slice(from, from + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
