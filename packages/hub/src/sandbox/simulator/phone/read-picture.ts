import { decode as decodeJpeg } from 'jpeg-js'
import { decodeQR } from 'qr/decode.js'
import { type Pixels, readPng } from './read-png.ts'

/** A photograph of a phone has 12 million; above 64 million nobody is served. */
const mostMegapixels = 64
const mostMegabytes = 512
/** Codes are looked for in pictures of about this width at most: more pixels find no more of them. */
const wideEnough = 1200

/** The text of the QR code in a PNG or JPEG; undefined where none is found. */
export function readPicture(file: Buffer): string | undefined {
  const pixels = file[0] === 0xff ? readJpeg(file) : readPng(file, mostMegapixels * 1_000_000)
  if (!pixels) return undefined
  const factor = Math.ceil(pixels.width / wideEnough)
  // A small code in a large picture is lost by shrinking: then it is looked at as it came.
  return (factor > 1 ? find(shrunk(pixels, factor)) : undefined) ?? find(pixels)
}

function find(pixels: Pixels): string | undefined {
  try {
    return decodeQR(pixels)
  } catch {
    // It throws plain errors for every kind of picture without a code.
    return undefined
  }
}

function readJpeg(file: Buffer): Pixels | undefined {
  try {
    return decodeJpeg(file, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: mostMegapixels,
      maxMemoryUsageInMB: mostMegabytes,
    })
  } catch {
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
