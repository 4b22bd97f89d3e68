import { type Matrix, makeMatrix } from '../qr/matrix.ts'
import { geometryOf, type PictureOptions } from './geometry.ts'

/** The QR code of a text as an SVG picture: one path, one unit a module, black on white. Throws `KhqrError`. */
export function toSvg(text: string, options: PictureOptions = {}): string {
  const matrix = makeMatrix(text)
  const { margin = 4 } = options
  const { size } = geometryOf(matrix.size, options)
  const across = matrix.size + 2 * margin
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${across} ${across}">` +
    `<path fill="#fff" d="M0 0h${across}v${across}H0z"/>` +
    `<path stroke="#000" shape-rendering="crispEdges" d="${modulePath(matrix, margin)}"/></svg>`
  )
}

/** Every run of dark modules in a row as one stroke a module wide, relative to the last: M4 4.5h7m2 0h1… */
export function modulePath({ size, modules }: Matrix, margin: number): string {
  let path = ''
  for (let y = 0; y < size; y++) {
    let penX = -1
    for (let x = 0; x < size; x++) {
      if (modules[y * size + x] === 0) continue
      let end = x + 1
      while (end < size && modules[y * size + end] === 1) end++
      path += penX < 0 ? `M${x + margin} ${y + margin}.5h${end - x}` : `m${x - penX} 0h${end - x}`
      penX = end
      x = end
    }
  }
  return path
}
