import { type AttributeDataType, type AttributePreset } from './settings';

/** What the workspace knows of one custom attribute. */
export interface RegisteredAttribute {
  name: string;
  dataType: AttributeDataType;
  arrayLength: number;
  status: 'Active' | 'Blocklisted';
  description: string | null;
  tagNames: readonly string[];
  forced: boolean;
}

/** The workspace's custom attributes by name. One comes into being with its first write: Braze has no call that makes one. */
export class AttributeRegistry {
  private readonly attributes = new Map<string, RegisteredAttribute>();

  private readonly defaultArrayLength: () => number;

  /** `defaultArrayLength` is asked at each first write, because the setting may change. */
  constructor(defaultArrayLength: () => number) {
    this.defaultArrayLength = defaultArrayLength;
  }

  /** The attribute of that name, registered now with the type of its first value if it is new. */
  touch(name: string, typeOfFirst: () => AttributeDataType): RegisteredAttribute {
    return this.attributes.get(name) ?? this.put({ name, dataType: typeOfFirst() });
  }

  /** The attribute of that name, if there is one. */
  get(name: string): RegisteredAttribute | undefined {
    return this.attributes.get(name);
  }

  /** Registers an attribute, or changes what the preset names of a known one. */
  put(preset: AttributePreset): RegisteredAttribute {
    const known = this.attributes.get(preset.name);
    const attribute: RegisteredAttribute = {
      name: preset.name,
      dataType: preset.dataType ?? known?.dataType ?? 'string',
      arrayLength: preset.arrayLength ?? known?.arrayLength ?? this.defaultArrayLength(),
      status: preset.status ?? known?.status ?? 'Active',
      description: preset.description ?? known?.description ?? null,
      tagNames: preset.tagNames ?? known?.tagNames ?? [],
      forced: preset.forced ?? known?.forced ?? false,
    };
    this.attributes.set(preset.name, attribute);
    return attribute;
  }

  /** Every attribute, in the order of their first appearance. */
  all(): RegisteredAttribute[] {
    return [...this.attributes.values()];
  }
}

/** The type that Braze would detect from a first value. */
export function detectType(value: unknown): AttributeDataType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return looksLikeDate(value) ? 'date' : 'string';
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? 'object_array' : 'array';
  if (typeof value !== 'object' || value === null) return 'string';
  if ('add' in value || 'remove' in value) return 'array';
  if ('$add' in value || '$update' in value || '$remove' in value) return 'object_array';
  if ('inc' in value) return 'number';
  return '$time' in value ? 'date' : 'object';
}

function looksLikeDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
}
