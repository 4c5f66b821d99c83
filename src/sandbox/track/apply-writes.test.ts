import { attributesOf, openTestWorkspace, type TestWorkspace } from '../test-workspace';

describe('what a write does to a profile', () => {
  let braze: TestWorkspace;
  beforeEach(async () => {
    braze = await openTestWorkspace({ attributes: [{ name: 'short', dataType: 'array', arrayLength: 3 }] });
  });
  afterEach(() => braze.close());

  const write = async (...attributes: object[]): Promise<void> => {
    expect((await braze.track({ attributes })).status).toBe(201);
  };
  const held = async (name: string, id = 'a'): Promise<unknown> => attributesOf(await braze.read(id))[name];

  test('arrays hold each value once, an added one goes to the end, null takes the array off', async () => {
    await write({ external_id: 'a', list: ['x', 'y', 'x'] });
    expect(await held('list')).toEqual(['x', 'y']);
    await write({ external_id: 'a', list: { add: ['x', 'z'] } });
    expect(await held('list')).toEqual(['y', 'x', 'z']);
    await write({ external_id: 'a', list: { remove: ['x', 'absent'] } });
    expect(await held('list')).toEqual(['y', 'z']);
    await write({ external_id: 'a', list: null });
    expect(await held('list')).toBeUndefined();
  });

  test('past the cap the oldest value is dropped with a plain 201; adding again protects it', async () => {
    await write(
      { external_id: 'a', short: { add: ['1'] } },
      { external_id: 'a', short: { add: ['2', '3'] } },
    );
    await write({ external_id: 'a', short: { add: ['1'] } }, { external_id: 'a', short: { add: ['4'] } });
    expect(await held('short')).toEqual(['3', '1', '4']);
  });

  test('a set that is too long keeps the end that the setting names', async () => {
    await write({ external_id: 'a', short: ['1', '2', '3', '4'] });
    expect(await held('short')).toEqual(['2', '3', '4']);
    await braze.call('POST', '/_sandbox/settings', { overflowOnSet: 'keepFirst' });
    await write({ external_id: 'a', short: ['1', '2', '3', '4'] });
    expect(await held('short')).toEqual(['1', '2', '3']);
  });

  test('add comes before remove, and objects of one request are applied in order', async () => {
    await write({ external_id: 'a', list: { remove: ['x'], add: ['x', 'y'] } });
    expect(await held('list')).toEqual(['y']);
    await write(
      { external_id: 'a', list: { remove: ['y'] } },
      { external_id: 'a', list: { add: ['y', 'z'] } },
    );
    expect(await held('list')).toEqual(['y', 'z']);
  });

  test('a remove on a profile without the array makes no array', async () => {
    await write({ external_id: 'a', list: { remove: ['x'] } });
    expect(await held('list')).toBeUndefined();
  });

  test('numbers are raised, objects replaced or merged, arrays of objects changed by item', async () => {
    await write({ external_id: 'a', visits: 2, pet: { name: 'Rex', age: 3 }, pets: [{ id: 1 }, { id: 2 }] });
    await write({
      external_id: 'a',
      _merge_objects: true,
      visits: { inc: 5 },
      pet: { age: 4 },
      pets: {
        $add: [{ id: 3 }],
        $remove: [{ $identifier_key: 'id', $identifier_value: 1 }],
        $update: [{ $identifier_key: 'id', $identifier_value: 2, $new_object: { name: 'Tom' } }],
      },
    });
    expect(attributesOf(await braze.read('a'))).toEqual({
      visits: 7,
      pet: { name: 'Rex', age: 4 },
      pets: [{ id: 2, name: 'Tom' }, { id: 3 }],
    });
    await write({ external_id: 'a', pet: { name: 'Tom' } });
    expect(await held('pet')).toEqual({ name: 'Tom' });
  });

  test('what does not fit is accepted and quietly left out', async () => {
    const attributes = [
      { name: 'forced', dataType: 'number', forced: true },
      { name: 'gone', status: 'Blocklisted' },
    ];
    await braze.call('POST', '/_sandbox/attributes', { attributes });
    await write({
      external_id: 'a',
      long: 'x'.repeat(256),
      fits: 'x'.repeat(255),
      gone: 1,
      forced: 'many',
      ['n'.repeat(256)]: 1,
    });
    await write({ external_id: 'a', list: { add: ['y'.repeat(256), 'ok'] }, bad: { 'a.b': 1 } });
    expect(attributesOf(await braze.read('a'))).toEqual({ fits: 'x'.repeat(255), list: ['ok'] });
    await write({ external_id: 'a', forced: '12' });
    expect(await held('forced')).toBe(12);
  });

  test('standard fields are typed and are no custom attributes', async () => {
    await write({
      external_id: 'a',
      first_name: 'Ada',
      country: 'gb',
      dob: 'yesterday',
      email: 'ada@example.com',
      First_Name: 'x',
    });
    const user = await braze.read('a');
    expect(user).toMatchObject({ first_name: 'Ada', country: 'GB', email: 'ada@example.com' });
    expect(user?.['dob']).toBeUndefined();
    expect(attributesOf(user)).toEqual({ First_Name: 'x' });
  });

  test('an attribute comes into being with its first write and takes its type from it', async () => {
    await write({ external_id: 'a', list: { add: ['x'] }, since: '2026-01-01', size: 3 });
    const types = braze.sandbox.workspace.registry.all().map(({ name, dataType }) => [name, dataType]);
    expect(types).toEqual([
      ['short', 'array'],
      ['list', 'array'],
      ['since', 'date'],
      ['size', 'number'],
    ]);
  });
});

describe('whom a write means', () => {
  let braze: TestWorkspace;
  beforeEach(async () => {
    braze = await openTestWorkspace();
  });
  afterEach(() => braze.close());

  const size = (): number => braze.sandbox.workspace.profiles.size;

  test('an unknown external id makes a profile, unless only existing ones are to be changed', async () => {
    const answer = await braze.track({
      attributes: [{ external_id: 'new', x: 1, _update_existing_only: true }],
    });
    expect([answer.status, answer.json]).toEqual([201, { message: 'success', attributes_processed: 1 }]);
    expect(size()).toBe(0);
    await braze.track({ attributes: [{ external_id: 'new', x: 1 }] });
    expect(size()).toBe(1);
  });

  test('an unknown alias makes a profile only when the key says false outright', async () => {
    const user_alias = { alias_name: 'n', alias_label: 'l' };
    await braze.track({ attributes: [{ user_alias, x: 1 }] });
    expect(size()).toBe(0);
    await braze.track({ attributes: [{ user_alias, x: 1, _update_existing_only: false }] });
    await braze.track({ attributes: [{ user_alias, y: 2 }] });
    expect(size()).toBe(1);
    const { json } = await braze.call('POST', '/users/export/ids', { user_aliases: [user_alias] });
    expect(json['users']).toEqual([
      expect.objectContaining({ user_aliases: [user_alias], custom_attributes: { x: 1, y: 2 } }),
    ]);
  });

  test('an external id with the e-mail address of another profile makes a duplicate', async () => {
    await braze.track({ attributes: [{ email: 'ann@example.com', x: 1 }] });
    await braze.track({ attributes: [{ external_id: 'ann', email: 'ann@example.com' }] });
    expect(size()).toBe(2);
  });

  test('an e-mail address means the most recently updated profile that has an external id', async () => {
    await braze.track({
      attributes: [
        { external_id: 'one', email: 'two@example.com' },
        { external_id: 'two', email: 'Two@example.com' },
      ],
    });
    await braze.track({ attributes: [{ external_id: 'one', touched: true }] });
    await braze.track({ attributes: [{ email: 'two@example.com', phone: '+4400', marked: 'here' }] });
    expect(attributesOf(await braze.read('one'))['marked']).toBe('here');
    expect(attributesOf(await braze.read('two'))['marked']).toBeUndefined();
    expect(size()).toBe(2);
  });

  test('a changed address is found, the old one is not', async () => {
    await braze.track({ attributes: [{ external_id: 'a', email: 'old@example.com' }] });
    await braze.track({ attributes: [{ external_id: 'a', email: 'new@example.com' }] });
    await braze.track({ attributes: [{ email: 'old@example.com', _update_existing_only: true, x: 1 }] });
    await braze.track({ attributes: [{ email: 'new@example.com', _update_existing_only: true, y: 1 }] });
    expect(attributesOf(await braze.read('a'))).toEqual({ y: 1 });
  });

  test('a phone-only object finds or makes its profile, a braze_id only finds', async () => {
    await braze.track({ attributes: [{ phone: '+4401', x: 1 }] });
    const { json } = await braze.call('POST', '/users/export/ids', { phone: '+4401' });
    const brazeId = String((json['users'] as { braze_id: string }[])[0]?.braze_id);
    await braze.track({
      attributes: [
        { braze_id: brazeId, y: 2 },
        { braze_id: 'f'.repeat(24), z: 3 },
      ],
    });
    const after = await braze.call('POST', '/users/export/ids', { braze_id: brazeId });
    expect(after.json['users']).toEqual([expect.objectContaining({ custom_attributes: { x: 1, y: 2 } })]);
    expect(size()).toBe(1);
  });
});
