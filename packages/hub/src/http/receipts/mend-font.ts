/** As much of an opened font as is mended: fontkit's parsed table of mark positions, in fontkit's own words. */
type Coverage =
  | { readonly version: 1; readonly glyphs: readonly number[] }
  | { readonly version: 2; readonly rangeRecords: readonly { readonly start: number; readonly end: number }[] }
type Anchors = readonly unknown[]
type Marks = { readonly markCoverage: Coverage; readonly classCount: number; readonly markArray: readonly Mark[] }
type Mark = { readonly class: number }
type MarkToBase = Marks & { readonly baseCoverage: Coverage; readonly baseArray: readonly Anchors[] }
/** Of each ligature, the anchors of each of its components. */
type MarkToLigature = Marks & {
  readonly ligatureCoverage: Coverage
  readonly ligatureArray: readonly (readonly Anchors[])[]
}
type Lookup = { readonly lookupType: number; subTables: readonly unknown[] }

const markToBase = 4
const markToLigature = 5
/** fontkit takes the letters that a ligature was written with for its components, and there may be more of them. */
const mostLetters = 16

/**
 * fontkit fails at a letter that has no anchor for the kind of mark that follows it, which OpenType allows (GPOS types 4 and
 * 5: such a pair is left alone) and Khmer fonts make use of. Each such table is put as one table per kind of mark, with only
 * the letters that have its anchor: the same rules, in a form that fontkit reads.
 */
export function mendMarks(font: unknown): void {
  const { GPOS } = font as { readonly GPOS?: { readonly lookupList: { toArray(): Lookup[] } } }
  for (const lookup of GPOS?.lookupList.toArray() ?? []) {
    if (lookup.lookupType === markToBase) lookup.subTables = (lookup.subTables as MarkToBase[]).flatMap(basesByKind)
    if (lookup.lookupType === markToLigature)
      lookup.subTables = (lookup.subTables as MarkToLigature[]).flatMap(ligaturesByKind)
  }
}

function basesByKind(table: MarkToBase): MarkToBase[] {
  const bases = paired(table.baseCoverage, table.baseArray)
  return kindsOf(table).map((kind) => {
    const own = bases.filter(([, anchors]) => isThere(anchors[kind]))
    return {
      ...table,
      ...marksOf(table, kind),
      baseCoverage: { version: 1, glyphs: own.map(([glyph]) => glyph) },
      baseArray: own.map(([, anchors]) => anchors),
    }
  })
}

/** A mark that follows a ligature stands at its last component. */
function ligaturesByKind(table: MarkToLigature): MarkToLigature[] {
  const ligatures = paired(table.ligatureCoverage, table.ligatureArray)
  return kindsOf(table).map((kind) => {
    const own = ligatures.filter(([, components]) => isThere(components.at(-1)?.[kind]))
    return {
      ...table,
      ...marksOf(table, kind),
      ligatureCoverage: { version: 1, glyphs: own.map(([glyph]) => glyph) },
      ligatureArray: own.map(([, components]) => {
        const last = components.at(-1) ?? []
        return Array.from(
          { length: mostLetters },
          (_, at) => (isThere(components[at]?.[kind]) ? components[at] : last) ?? last,
        )
      }),
    }
  })
}

function kindsOf({ classCount }: Marks): number[] {
  return Array.from({ length: classCount }, (_, kind) => kind)
}

function marksOf({ markCoverage, markArray }: Marks, kind: number): Pick<Marks, 'markCoverage' | 'markArray'> {
  const own = paired(markCoverage, markArray).filter(([, mark]) => mark.class === kind)
  return {
    markCoverage: { version: 1, glyphs: own.map(([glyph]) => glyph) },
    markArray: own.map(([, mark]) => mark),
  }
}

function isThere(anchor: unknown): boolean {
  return anchor !== null && anchor !== undefined
}

function paired<Row>(coverage: Coverage, rows: readonly Row[]): [glyph: number, row: Row][] {
  return glyphsOf(coverage).flatMap((glyph, place) => {
    const row = rows[place]
    return row === undefined ? [] : [[glyph, row] satisfies [number, Row]]
  })
}

/** In the order that the other arrays are in. */
function glyphsOf(coverage: Coverage): number[] {
  if (coverage.version === 1) return [...coverage.glyphs]
  return coverage.rangeRecords.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, i) => start + i))
}
