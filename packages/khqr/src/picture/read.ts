import { decodeQR } from 'qr/decode.js'
import { refuse } from '../problem.ts'
import { BadPicture } from './inflate.ts'
import { mostPixels, type Pixels, unpackPng } from './read-png.ts'

/** The text of the QR code in a PNG picture. Throws `KhqrError`: unreadable picture, or no code in it. */
export function readPng(png: Uint8Array): string {
  if (!(png instanceof Uint8Array)) refuse('PICTURE_UNREADABLE', { value: png })
  let pixels: Pixels
  try {
    pixels = unpackPng(png)
  } catch (error) {
    if (!(error instanceof BadPicture)) throw error
    return refuse('PICTURE_UNREADABLE', { field: error.message }, { cause: error })
  }
  return readPixels(pixels)
}

/** The text of the QR code in unpacked pixels, four bytes each: red, green, blue, alpha. Throws `KhqrError`. */
export function readPixels(pixels: Pixels): string {
  const { data, width, height } = pixels ?? {}
  const isWhole = Number.isInteger(width) && Number.isInteger(height) && data?.length === width * height * 4
  if (!isWhole || width < 1 || height < 1 || width * height > mostPixels) {
    refuse('PICTURE_UNREADABLE', { field: 'width × height', value: `${width} × ${height}` })
  }
  const onPaper = onWhite(pixels)
  return look(onPaper) ?? look(enlarged(onPaper)) ?? refuse('NO_CODE_IN_PICTURE')
}

/** How many times the reader may look again where it nearly found a code; counted, so that no clock decides. */
const effort = 4

function look(pixels: Pixels): string | undefined {
  try {
    return decodeQR(pixels, { effort, timeLimit: Number.POSITIVE_INFINITY })
  } catch {
    // The reader answers "none here" with many kinds of error; all of them mean that.
    return undefined
  }
}

/** What is transparent shows the paper under it. */
function onWhite(pixels: Pixels): Pixels {
  const { data, width, height } = pixels
  if (isOpaque(data)) return pixels
  const opaque = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number
    for (let channel = 0; channel < 3; channel++) {
      opaque[at + channel] = 255 - ((255 - (data[at + channel] as number)) * alpha) / 255
    }
    opaque[at + 3] = 255
  }
  return { data: opaque, width, height }
}

function isOpaque(data: Uint8Array | Uint8ClampedArray): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false
  return true
}

/** Small pictures, one pixel a module and no margin, read well when every pixel is four wide and white lies around them. */
function enlarged({ data, width, height }: Pixels): Pixels {
  const scale = width * height < 250_000 ? 4 : 1
  const margin = 16
  const wide = width * scale + 2 * margin
  const high = height * scale + 2 * margin
  const large = new Uint8Array(wide * high * 4).fill(255)
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * 4
      const to = ((y + margin) * wide + x + margin) * 4
      for (let channel = 0; channel < 3; channel++) large[to + channel] = data[from + channel] as number
    }
  }
  return { data: large, width: wide, height: high }
}
