import { cardSvg, decode, encode, inspect, KhqrError, readPixels, readPng, toSvg, verify } from '../src/index.ts'

/** The page's own code: shows what a text or a picture says, as it is typed, pasted or dropped. */
const code = element('code', HTMLTextAreaElement)
const picture = element('picture', HTMLInputElement)
const language = element('language', HTMLSelectElement)
const card = element('card', HTMLImageElement)
const tree = element('tree', HTMLPreElement)
const verdict = element('verdict', HTMLDivElement)
const findings = element('findings', HTMLUListElement)

code.addEventListener('input', show)
language.addEventListener('change', show)
element('sample', HTMLButtonElement).addEventListener('click', () => showText(sample()))
element('save', HTMLButtonElement).addEventListener('click', save)
picture.addEventListener('change', () => void openPicture(picture.files?.[0]))
document.addEventListener('paste', (event) => void openPicture(event.clipboardData?.files[0]))
document.addEventListener('dragover', (event) => {
  event.preventDefault()
  code.classList.add('over')
})
document.addEventListener('dragleave', () => code.classList.remove('over'))
document.addEventListener('drop', (event) => {
  event.preventDefault()
  code.classList.remove('over')
  void openPicture(event.dataTransfer?.files[0])
})
showText(decodeURIComponent(location.hash.slice(1)) || sample())

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`)
  return found
}

function showText(text: string): void {
  code.value = text
  show()
}

/** A trailing line break comes with many a paste, and is no part of a code. */
function typed(): string {
  return code.value.trim()
}

function show(): void {
  const text = typed()
  const { valid, reasons, warnings } = verify(text, { now: Date.now() })
  verdict.dataset['valid'] = String(valid)
  verdict.textContent = valid ? 'This code can be paid.' : 'This code cannot be paid:'
  findings.replaceChildren(
    ...[...reasons, ...warnings].map(({ code: number, message }) => {
      const item = document.createElement('li')
      item.textContent = number === undefined ? message : `${message} [${number}]`
      return item
    }),
  )
  tree.textContent = orNothing(() => inspect(text)) ?? ''
  const drawn = orNothing(drawing) ?? orNothing(() => toSvg(text || ' '))
  card.src = drawn === undefined ? '' : `data:image/svg+xml,${encodeURIComponent(drawn)}`
  card.alt = orNothing(() => `Card of ${decode(text).merchantName}`) ?? 'QR code of the text'
}

function drawing(width = 400): string {
  return cardSvg(typed(), { width, language: language.value === 'km' ? 'km' : 'en' })
}

function orNothing<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof KhqrError) return undefined
    throw error
  }
}

async function openPicture(file: File | undefined): Promise<void> {
  if (file === undefined) return
  try {
    showText(file.type === 'image/png' ? readPng(new Uint8Array(await file.arrayBuffer())) : await readOther(file))
  } catch (error) {
    verdict.dataset['valid'] = 'false'
    verdict.textContent = error instanceof Error ? error.message : String(error)
    findings.replaceChildren()
  }
}

/** JPEG, WebP and the like are unpacked by the browser. */
async function readOther(file: File): Promise<string> {
  const { canvas, context } = await canvasOf(await createImageBitmap(file))
  return readPixels(context.getImageData(0, 0, canvas.width, canvas.height))
}

async function canvasOf(image: ImageBitmap | HTMLImageElement) {
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('This browser has no canvas.')
  context.drawImage(image, 0, 0)
  return { canvas, context }
}

/** The browser shapes the Khmer of the card, so its PNG needs nothing else here. */
async function save(): Promise<void> {
  const image = new Image()
  image.src = `data:image/svg+xml,${encodeURIComponent(orNothing(() => drawing(800)) ?? toSvg(typed() || ' '))}`
  await image.decode()
  const { canvas } = await canvasOf(image)
  const link = document.createElement('a')
  link.href = canvas.toDataURL('image/png')
  link.download = 'khqr.png'
  link.click()
}

function sample(): string {
  return encode({
    kind: 'merchant',
    payeeAccount: 'sample_shop@bank',
    merchantName: 'Angkor Books',
    merchantId: 'M-000001',
    acquiringBank: 'Sample Bank',
    currency: 'KHR',
    amount: '48000',
    expiresAt: Date.now() + 600_000,
    billNumber: 'INV-0001',
    language: 'km',
    alternateName: 'ហាងសៀវភៅអង្គរ',
    alternateCity: 'ភ្នំពេញ',
  }).qr
}
