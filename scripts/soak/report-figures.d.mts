export function countAs(name: string, count: () => number): void
export function processFigures(): Record<string, number>
export function leakHeap(leak: { readonly share: number; readonly overMs: number }): void
export function reportFigures(): void
