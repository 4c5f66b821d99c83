import fc from 'fast-check';
import { LateCopies } from './late-copies';

const PEOPLE = ['a', 'b', 'c'];

type Step =
  | { what: 'expect'; who: string[]; forMs: number }
  | { what: 'pass'; who: string[] }
  | { what: 'wait'; ms: number };

const who = fc.uniqueArray(fc.constantFrom(...PEOPLE), { minLength: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant('expect' as const), who, forMs: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ what: fc.constant('pass' as const), who }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 60 }) }),
);

test('nobody passes before the last request of theirs has ended, and everybody does then', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const late = new LateCopies();
      let now = 0;
      const endsAt = new Map<string, number>();
      const wanting = new Set<string>();
      const passed = (people: readonly string[]) => {
        for (const person of people) {
          expect(endsAt.get(person) ?? 0).toBeLessThanOrEqual(now);
          // Nobody passes who has not asked, or passes twice.
          expect(wanting.delete(person)).toBe(true);
        }
      };
      for (const taken of steps) {
        if (taken.what === 'wait') {
          now += taken.ms;
          passed(late.due(now));
        } else if (taken.what === 'pass') {
          for (const person of taken.who) wanting.add(person);
          passed(late.pass(taken.who, now));
        } else {
          const until = now + taken.forMs;
          // Nobody has a request under way who waits for leave to send the next.
          const people = taken.who.filter((person) => !wanting.has(person));
          late.expect(people, until);
          for (const person of people) endsAt.set(person, Math.max(until, endsAt.get(person) ?? 0));
        }
        // Whoever waits has a moment at which they go.
        expect(Number.isFinite(late.nextAt())).toBe(wanting.size > 0);
        expect(late.nextAt()).toBeGreaterThan(now);
      }
      now = Math.max(now, late.endsAt());
      passed(late.due(now));
      expect(wanting.size).toBe(0);
    }),
  );
});
