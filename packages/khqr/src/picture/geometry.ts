import { refuse } from '../problem.ts'

/** How large a picture is drawn. Give `size` or `scale`, not both. */
export type PictureOptions = {
  /** Width and height in pixels: the code is drawn as large as whole pixels allow, the rest is margin. 300 if left out. */
  readonly size?: number | undefined
  /** Pixels a module, 1 to 64: the picture is as large as that makes it. */
  readonly scale?: number | undefined
  /** White modules around the code, 0 to 64; 4 if left out, which the standard asks for. */
  readonly margin?: number | undefined
}

/** Where the code stands in the picture, in pixels. */
export type Geometry = { readonly size: number; readonly scale: number; readonly offset: number }

/** The widest picture that is drawn, in pixels. */
export const widestPicture = 4096

export function geometryOf(modules: number, options: PictureOptions): Geometry {
  const { margin = 4, scale, size } = options
  if (size !== undefined && scale !== undefined) refuse('PICTURE_OPTIONS', { field: 'size and scale', value: size })
  if (!isWholeBetween(margin, 0, 64)) refuse('PICTURE_OPTIONS', { field: 'margin', value: margin })
  const across = modules + 2 * margin
  if (scale !== undefined) {
    if (!isWholeBetween(scale, 1, 64) || across * scale > widestPicture) {
      refuse('PICTURE_OPTIONS', { field: 'scale', value: scale })
    }
    return { size: across * scale, scale, offset: margin * scale }
  }
  const pixels = size ?? 300
  if (!isWholeBetween(pixels, across, widestPicture)) refuse('PICTURE_OPTIONS', { field: 'size', value: pixels })
  const fitting = Math.floor(pixels / across)
  return { size: pixels, scale: fitting, offset: Math.floor((pixels - modules * fitting) / 2) }
}

function isWholeBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}
