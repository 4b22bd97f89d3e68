/**
 * Named points between two steps of a flow where the fault suite may kill the process. Outside that suite no hook is set
 * and a checkpoint does nothing.
 */
export function checkpoint(name: string): void {
  hook?.(name)
}

/** Set once at the roof; `undefined` takes it away again. */
export function setCheckpointHook(newHook: ((name: string) => void) | undefined): void {
  hook = newHook
}

let hook: ((name: string) => void) | undefined
