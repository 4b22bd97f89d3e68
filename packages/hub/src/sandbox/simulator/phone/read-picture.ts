import { decode as decodeJpeg } from 'jpeg-js'
import { decodeQR } from 'qr/decode.js'
import { isPng, type Pixels, readPng, saysPixels } from './read-png.ts'

/** A photograph of a phone has a quarter of it. */
export const largestPictureBytes = 16_777_216
/** A photograph of a phone has 12 million. Each takes four bytes, and meanwhile no bank is played. */
const mostMegapixels = 16
const mostMegabytes = 512
/** Codes are looked for in pictures of about this width at most: more pixels find no more of them. */
const wideEnough = 1200

/** `wrongFile`: no PNG and no JPEG. `tooLarge`: its header says more pixels than are looked at. */
export type PictureProblem = 'wrongFile' | 'tooLarge' | 'noPicture'

/** The text of the QR code in a PNG or JPEG, or why there is none. */
export function readPicture(file: Buffer): { readonly qr: string } | { readonly problem: PictureProblem } {
  const pixels = isPng(file) ? pixelsOfPng(file) : isJpeg(file) ? pixelsOfJpeg(file) : 'wrongFile'
  if (typeof pixels === 'string') return { problem: pixels }
  const factor = Math.ceil(Math.max(pixels.width, pixels.height) / wideEnough)
  // A small code in a large picture is lost by shrinking: then it is looked at as it came.
  const qr = (factor > 1 ? find(shrunk(pixels, factor)) : undefined) ?? find(pixels)
  return qr === undefined ? { problem: 'noPicture' } : { qr }
}

function isJpeg(file: Buffer): boolean {
  return file[0] === 0xff && file[1] === 0xd8
}

function pixelsOfPng(file: Buffer): Pixels | PictureProblem {
  const mostPixels = mostMegapixels * 1_000_000
  // Its header is believed before anything is unpacked.
  if (saysPixels(file) > mostPixels) return 'tooLarge'
  return readPng(file, mostPixels) ?? 'noPicture'
}

function pixelsOfJpeg(file: Buffer): Pixels | PictureProblem {
  try {
    return decodeJpeg(file, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: mostMegapixels,
      maxMemoryUsageInMB: mostMegabytes,
    })
  } catch (error) {
    // It says so by these words alone.
    const isTooLarge = error instanceof Error && /maxResolutionInMP|maxMemoryUsageInMB/.test(error.message)
    return isTooLarge ? 'tooLarge' : 'noPicture'
  }
}

function find(pixels: Pixels): string | undefined {
  try {
    return decodeQR(pixels)
  } catch {
    // It throws plain errors for every kind of picture without a code.
    return undefined
  }
}

/** Each pixel is the mean of a square of `factor` by `factor`. */
function shrunk({ width, height, data }: Pixels, factor: number): Pixels {
  const [across, down] = [Math.floor(width / factor), Math.floor(height / factor)]
  const small = new Uint8Array(across * down * 4).fill(255)
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let dy = 0; dy < factor; dy++) {
          const row = (y * factor + dy) * width + x * factor
          for (let dx = 0; dx < factor; dx++) sum += data[(row + dx) * 4 + channel] ?? 0
        }
        small[(y * across + x) * 4 + channel] = sum / (factor * factor)
      }
    }
  }
  return { width: across, height: down, data: small }
}
