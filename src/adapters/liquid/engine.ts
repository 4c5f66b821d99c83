import { Liquid } from 'liquidjs';
import { type TemplateEngine } from '../../domain/stream/render-call';
import { SAFE_FILTER_NAMES } from '../../domain/stream/template';

/** A hole is a line; what stands in a payload is bounded before. */
const LONGEST_EXPRESSION = 4_096;
/** Characters that filters may make of one value. */
const MOST_MEMORY = 1_000_000;
const MOST_MS = 100;

/**
 * Liquid, as Braze has it, for single holes: without files, without tags, without any filter but the safe ones, and with
 * bounds on time and memory. Whatever it fails at is told as such, never thrown.
 */
export function createTemplateEngine(): TemplateEngine {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    // Instead of the file system: there is nothing to include.
    templates: {},
    cache: false,
    keepOutputType: true,
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: LONGEST_EXPRESSION,
    renderLimit: MOST_MS,
    memoryLimit: MOST_MEMORY,
  });
  for (const name of Object.keys(liquid.tags)) Reflect.deleteProperty(liquid.tags, name);
  for (const name of Object.keys(liquid.filters)) {
    if (!SAFE_FILTER_NAMES.includes(name)) Reflect.deleteProperty(liquid.filters, name);
  }
  return {
    compile(expression) {
      const parsed = liquid.parse(`{{ ${expression} }}`);
      return (parameter, value) => {
        try {
          const result: unknown = liquid.renderSync(parsed, { [parameter]: value });
          return { ok: true, value: result };
        } catch {
          // Liquid's own words repeat the value.
          return { ok: false };
        }
      };
    },
  };
}
