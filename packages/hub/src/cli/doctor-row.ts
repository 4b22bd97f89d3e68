/** One line of the doctor's table. `note`: worth knowing, not wrong. */
export type Row = { readonly name: string; readonly state: 'green' | 'note' | 'red'; readonly sentence: string }
