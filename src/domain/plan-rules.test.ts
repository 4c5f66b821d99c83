import fc from 'fast-check';
import { membersPerSlice, planCounts, plannedChange } from './plan-rules';

const state = fc.constantFrom('held' as const, 'unsure' as const, 'absent' as const);
const action = fc.constantFrom('maintain' as const, 'add' as const, 'remove' as const);

test('only what the ledger holds or may hold is ever removed', () => {
  fc.assert(
    fc.property(action, fc.boolean(), (chosen, inSource) => {
      expect(plannedChange(chosen, inSource, 'absent')).not.toBe('remove');
    }),
  );
});

test('add never removes, remove never adds, and neither touches who is held and not asked for', () => {
  fc.assert(
    fc.property(fc.boolean(), state, (inSource, known) => {
      expect(plannedChange('add', inSource, known)).not.toBe('remove');
      expect(plannedChange('remove', inSource, known)).not.toBe('add');
      if (!inSource && known !== 'absent') {
        expect(plannedChange('add', inSource, known)).toBe('leaverKept');
        expect(plannedChange('remove', inSource, known)).toBe('stay');
        expect(plannedChange('maintain', inSource, known)).toBe('remove');
      }
    }),
  );
});

test('counts told by arithmetic are those of counting everybody', () => {
  const member = fc.record({ inSource: fc.boolean(), state });
  fc.assert(
    fc.property(action, fc.array(member), (chosen, members) => {
      const people = members.filter((one) => one.inSource || one.state !== 'absent');
      const moved = people.map((one) => ({ ...one, change: plannedChange(chosen, one.inSource, one.state) }));
      const number = (test: (one: (typeof moved)[number]) => boolean) => moved.filter(test).length;
      const counts = planCounts(chosen, {
        source: number((one) => one.inSource),
        ledger: number((one) => one.state !== 'absent'),
        add: number((one) => one.change === 'add'),
        addUnsure: number((one) => one.change === 'add' && one.state === 'unsure'),
        remove: number((one) => one.change === 'remove'),
        removeUnsure: number((one) => one.change === 'remove' && one.state === 'unsure'),
      });
      expect(counts.stay).toBe(number((one) => one.change === 'stay'));
      expect(counts.notOurs).toBe(number((one) => one.change === 'notOurs'));
      expect(counts.leaversKept).toBe(number((one) => one.change === 'leaverKept'));
    }),
  );
});

test('a slice is worth an activity, and a plan has at most 400 of them', () => {
  expect(membersPerSlice(10, 75)).toBe(52_500);
  expect(membersPerSlice(100_000_000, 75)).toBe(250_000);
});
