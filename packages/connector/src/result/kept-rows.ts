import { type AssembleRows, compiledAssembler, interpretedAssembler } from './row-assembly.ts'

interface Factory {
  assemble: AssembleRows
  made: number
  renewAt: number
}

/** The number of rows after which a factory is renewed for the first time; it is renewed again at each doubling. */
const FIRST_RENEWAL = 65_536
/** The maximum number of remembered shapes. */
const MOST_SHAPES = 64

/**
 * Makes rows that the program keeps, with one factory for all results of a shape. V8 allocates objects directly in the
 * old generation, without copying, when earlier objects from the same place in the code survived its collections. It
 * decides that from the objects that a factory makes before it is optimized, and only while the young generation has
 * its full size. A factory is therefore renewed from time to time: the first one ran before V8 had anything to learn
 * from.
 */
export class KeptRows {
  private readonly factories = new Map<string, Factory>()

  /** @param count the number of rows about to be made. */
  assembler(names: readonly string[], count: number): AssembleRows {
    const shape = JSON.stringify(names)
    const factory = this.factories.get(shape) ?? this.add(shape, names)
    if (factory.made >= factory.renewAt) {
      factory.assemble = assemblerOf(names)
      factory.renewAt = factory.made * 2
    }
    factory.made += count
    return factory.assemble
  }

  private add(shape: string, names: readonly string[]): Factory {
    if (this.factories.size >= MOST_SHAPES) this.factories.clear()
    const factory = { assemble: assemblerOf(names), made: 0, renewAt: FIRST_RENEWAL }
    this.factories.set(shape, factory)
    return factory
  }
}

function assemblerOf(names: readonly string[]): AssembleRows {
  return compiledAssembler(names) ?? interpretedAssembler(names)
}
