import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { openContext } from './browser.ts'

/** Reads the code in a picture as a stranger's phone does, or not at all: black on white, and none of our own code. */
export type ReadPixels = (png: Buffer) => Promise<string | undefined>

export async function openReader(t: TestContext): Promise<ReadPixels> {
  const page = await (await openContext(t)).newPage()
  const path = createRequire(import.meta.resolve('@khqr-hub/khqr')).resolve('jsqr')
  await page.addScriptTag({ content: readFileSync(path, 'utf8') })
  return async (png) => {
    const url = JSON.stringify(`data:image/png;base64,${png.toString('base64')}`)
    const read = await page.evaluate<string | null>(`(async () => {
      const image = new Image()
      image.src = ${url}
      await image.decode()
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
      canvas.drawImage(image, 0, 0)
      const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height)
      const found = jsQR(data, width, height, { inversionAttempts: 'dontInvert' })
      return found && found.data
    })()`)
    return read ?? undefined
  }
}

/** The code as it stands on a page, with a little of what is around it. */
export async function cutOutCode(page: Page): Promise<Buffer> {
  const box = await page.locator('.card svg').boundingBox()
  if (!box) throw new Error(`There is no code on ${page.url()}`)
  const around = 12
  const x = Math.max(0, box.x - around)
  const y = Math.max(0, box.y - around)
  const clip = { x, y, width: box.x + box.width + around - x, height: box.height + 2 * around }
  return page.screenshot({ fullPage: true, clip })
}
