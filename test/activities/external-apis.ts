/** Writes attributes of a person, and one that is a list. */
export const LEAD = {
  name: 'lead-profile',
  channel: 'profile',
  payload: {
    attributes: [
      {
        external_id: '{{ id }}',
        first_name: '{{ name }}',
        plan: '{{ plan }}',
        tags: { add: ['{{ plan }}'] },
        since: '{{ since }}',
      },
    ],
  },
  parameters: {
    id: {},
    name: { required: false },
    plan: { required: false },
    since: { type: 'time', required: false },
  },
};

/** Two events of one name and a purchase. */
export const EVENT = {
  name: 'lead-event',
  channel: 'profile',
  payload: {
    events: [
      {
        external_id: '{{ id }}',
        name: 'Lead Form',
        time: '2026-01-01T00:00:00Z',
        properties: { plan: '{{ plan }}' },
      },
      { external_id: '{{ id }}', name: 'Lead Form', time: '2026-01-02T00:00:00Z' },
    ],
    purchases: [{ external_id: '{{ id }}', product_id: 'p1', currency: 'EUR', price: 1, time: '2026-01-01' }],
  },
  parameters: { id: {}, plan: {} },
};
