import { KhqrError, readPixels, readPng } from '@khqr-hub/khqr'
import { decode as decodeJpeg } from 'jpeg-js'
import { pictureType, utf8Text } from '../../kit/exchange.ts'
import { decimalText, parseExactJson, valueAt } from '../../kit/json.ts'
import type { BankQrSettings } from './settings.ts'

export type ReadQr = {
  readonly qrString: string
  readonly deeplink: string | undefined
  readonly bankReference: string | undefined
}

/** The largest picture that is unpacked: a QR code of a bank has well under one megapixel. */
const largestPictureMegapixels = 4
const largestUnpackedMegabytes = 64

/**
 * Reads whatever a bank sends for a code, told apart by content and not by content type: a PNG or JPEG, a JSON answer
 * with one of the configured fields, a data URI, Base64 of a picture, or the KHQR text itself. Pictures are read back to
 * their text. The KHQR is not judged here.
 */
export function readQrAnswer(body: Uint8Array, settings: BankQrSettings): ReadQr | { readonly problem: string } {
  const type = pictureType(body)
  if (type) return withoutExtras(readPicture(body, type))
  const text = utf8Text(body)?.trim()
  if (text === undefined || text === '') return { problem: 'it is neither a picture nor text' }
  if (text.startsWith('{') || text.startsWith('"')) return readJson(text, settings)
  return withoutExtras(readText(text))
}

type Found = { readonly qrString: string } | { readonly problem: string }

function withoutExtras(found: Found): ReadQr | { readonly problem: string } {
  return 'problem' in found ? found : { ...found, deeplink: undefined, bankReference: undefined }
}

function readJson(text: string, settings: BankQrSettings): ReadQr | { readonly problem: string } {
  let json: unknown
  try {
    json = parseExactJson(text)
  } catch {
    return { problem: 'it is not valid JSON' }
  }
  if (typeof json === 'string') return withoutExtras(readText(json.trim()))
  const code = settings.qrFields.map((path) => valueAt(json, path)).find(isText)
  if (code === undefined) return { problem: `it has no code in any of ${settings.qrFields.join(', ')}` }
  const found = readText(code.trim())
  if ('problem' in found) return found
  return {
    qrString: found.qrString,
    deeplink: settings.deeplinkFields.map((path) => valueAt(json, path)).find(isText),
    bankReference: settings.bankReferenceFields.map((path) => decimalText(valueAt(json, path))).find(isText),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function readText(text: string): Found {
  if (text.startsWith('000201')) return { qrString: text }
  const dataUri = /^data:[\w/+.;=-]{0,100};base64,/i.exec(text)
  const base64 = (dataUri ? text.slice(dataUri[0].length) : text).replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return { problem: 'its text is neither a KHQR nor Base64' }
  const bytes = Buffer.from(base64, 'base64')
  const type = pictureType(bytes)
  if (type) return readPicture(bytes, type)
  const inner = utf8Text(bytes)?.trim()
  return inner?.startsWith('000201') ? { qrString: inner } : { problem: 'its Base64 is neither a picture nor a KHQR' }
}

function readPicture(bytes: Uint8Array, type: 'image/png' | 'image/jpeg'): Found {
  try {
    return { qrString: type === 'image/png' ? readPng(bytes) : readPixels(unpackJpeg(bytes)) }
  } catch (error) {
    if (error instanceof KhqrError) return { problem: `its picture holds no readable code: ${error.message}` }
    throw error
  }
}

function unpackJpeg(bytes: Uint8Array) {
  try {
    return decodeJpeg(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: largestPictureMegapixels,
      maxMemoryUsageInMB: largestUnpackedMegabytes,
    })
  } catch {
    // The decoder throws plain errors for every kind of broken picture: an empty one has no code in it either.
    return { data: new Uint8Array(0), width: 0, height: 0 }
  }
}
