/**
 * The events of the load, by their number. People take turns, and each one's events lead into the segment and out of it by
 * turns, so every event causes exactly one call. A person's next event comes a whole round later: long after the answer to
 * the one before, or posts that overtake each other would change what is true.
 */
export interface EventPlan {
  people: number;
  events: number;
}

/** The name of the person's trait that the segment asks for. */
export const TRAIT = 'inside';

/** External id of a person, by number. */
export function personId(person: number): string {
  return `person-${String(person).padStart(7, '0')}`;
}

/** Id of an event, by number. */
export function eventId(number: number): string {
  return `event-${number}`;
}

/** Whose event it is. */
export function personOf({ people }: EventPlan, number: number): number {
  return number % people;
}

/** Body of one post: consecutive events. Text is joined rather than serialised, so that making load costs little. */
export function postBody(plan: EventPlan, first: number, count: number): string {
  let body = '{"events":[';
  for (let number = first; number < first + count; number += 1) {
    if (number > first) body += ',';
    body += eventText(plan, number);
  }
  return `${body}]}`;
}

function eventText(plan: EventPlan, number: number): string {
  const inside = Math.floor(number / plan.people) % 2 === 0;
  return (
    `{"id":"${eventId(number)}","name":"Plan Changed","identifiers":{"externalId":"${personId(personOf(plan, number))}"},` +
    `"properties":{"number":${number},"page":"/account/plan","device":"mobile"},"traits":{"${TRAIT}":${String(inside)}}}`
  );
}
