import { refuse } from '../problem.ts'
import { type CardOptions, type Drawing, drawCard } from './drawing.ts'

export type CardPngOptions = CardOptions & {
  /** Paths of font files, TrueType or OpenType, one of them with Khmer. The first that has a letter draws it. */
  readonly fonts: readonly string[]
  /** The same for the amount; `fonts` if left out. */
  readonly boldFonts?: readonly string[] | undefined
}

/**
 * The card of `cardSvg` as a PNG picture, for mail, chat and print. Needs the package @napi-rs/canvas beside this one:
 * Khmer has to be shaped, which takes a real text engine. Throws `KhqrError` where that package or a font is missing.
 */
export async function cardPng(qr: string, options: CardPngOptions): Promise<Uint8Array> {
  const drawing = drawCard(qr, options)
  const engine = await loadEngine()
  const plain = registerFonts(engine, options.fonts)
  return paint(engine, drawing, plain, registerFonts(engine, options.boldFonts ?? options.fonts))
}

/** What is used of @napi-rs/canvas. */
type Engine = {
  readonly GlobalFonts: { registerFromPath(path: string, name: string): unknown }
  readonly Path2D: new (path: string) => Path
  createCanvas(
    width: number,
    height: number,
  ): { getContext(kind: '2d'): Context; encode(kind: 'png'): Promise<Uint8Array> }
}

type Path = object

type Context = {
  fillStyle: string
  strokeStyle: string
  lineWidth: number
  font: string
  setTransform(a: number, b: number, c: number, d: number, x: number, y: number): void
  resetTransform(): void
  setLineDash(lengths: number[]): void
  fill(path: Path): void
  stroke(path: Path): void
  fillText(words: string, x: number, y: number): void
  measureText(words: string): { readonly width: number }
}

/** In a variable, so that compilers and bundlers do not insist on a package that may be absent. */
const engineName: string = '@napi-rs/canvas'

async function loadEngine(): Promise<Engine> {
  try {
    return (await import(engineName)) as Engine
  } catch (cause) {
    return refuse('ENGINE_MISSING', {}, { cause })
  }
}

/** Font files that were read once, by path: the engine keeps them for the life of the process. */
const registered = new Map<string, string>()

/** The names of the fonts as a list that the engine takes. Each file is a family of its own, so none hides another. */
function registerFonts({ GlobalFonts }: Engine, paths: readonly string[]): string {
  if (paths.length === 0) refuse('FONT_MISSING', { field: 'fonts' })
  return paths
    .map((path) => {
      const known = registered.get(path)
      if (known !== undefined) return known
      const name = `khqr-${registered.size}`
      if (!GlobalFonts.registerFromPath(path, name)) refuse('FONT_MISSING', { field: 'fonts', value: path })
      registered.set(path, name)
      return name
    })
    .join(', ')
}

function paint(engine: Engine, drawing: Drawing, plain: string, bold: string): Promise<Uint8Array> {
  const canvas = engine.createCanvas(drawing.width, drawing.height)
  const context = canvas.getContext('2d')
  for (const { path, x, y, scale, fill, stroke, lineWidth = 1, dash = [] } of drawing.shapes) {
    context.setTransform(scale, 0, 0, scale, x, y)
    context.setLineDash([...dash])
    context.lineWidth = lineWidth
    context.fillStyle = fill ?? ''
    context.strokeStyle = stroke ?? ''
    const shape = pathOf(engine, path)
    if (fill !== undefined) context.fill(shape)
    if (stroke !== undefined) context.stroke(shape)
  }
  context.resetTransform()
  context.fillStyle = '#000'
  for (const { x, y, runs } of drawing.lines) {
    let left = x
    for (const { words, size, gap, isBold } of runs) {
      context.font = `${size}px ${isBold ? bold : plain}`
      context.fillText(words, left + gap, y)
      left += gap + context.measureText(words).width
    }
  }
  return canvas.encode('png')
}

function pathOf({ Path2D }: Engine, path: string): Path {
  return new Path2D(path)
}
