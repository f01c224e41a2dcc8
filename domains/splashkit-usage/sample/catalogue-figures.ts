/** What is known of one category of the real library, and the words its sample names are made of. */
export interface CategoryFigures {
  readonly category: string;
  /** Functions, overloads counted. */
  readonly functions: number;
  /** Distinct function names. */
  readonly names: number;
  /** Names that real programs call. */
  readonly used: number;
  /** Names with an example in the documentation. */
  readonly documented: number;
  /** Names both used and documented. */
  readonly usedAndDocumented: number;
  /** Calls counted in real programs: the usage mix. */
  readonly calls: number;
  /** Class the functions belong to in object-oriented bindings; empty for free functions. */
  readonly className: string;
  /** Names everyone knows, most called first; none of these but `write_line` has an example. */
  readonly wellKnown: readonly string[];
  readonly verbs: readonly string[];
  readonly nouns: readonly string[];
}

const hues = words("red green blue cyan magenta yellow orange purple brown grey white black pink teal gold");
const tints = words("alice pale light bright deep dark dim hot misty sandy forest royal slate");
const accessors = words("set get has is count");

/** Counted over the published catalogue (1,430 functions), 21 public repositories and the documentation's history. */
export const categoryFigures: readonly CategoryFigures[] = [
  row(
    "graphics",
    [285, 114, 51, 40, 16, 2476],
    "bitmap",
    "draw_text bitmap_named draw_bitmap refresh_screen draw_circle",
    words("draw fill load clear free save measure tint clip scale"),
    words("rectangle line triangle ellipse quad pixel bitmap font screen layer outline cell"),
  ),
  row(
    "color",
    [159, 157, 15, 2, 0, 113],
    "",
    "",
    tints.map((tint) => `color_${tint}`),
    hues,
  ),
  row(
    "physics",
    [141, 54, 21, 4, 3, 278],
    "",
    "",
    words("vector_from vector_add vector_scale matrix_apply matrix_inverse ray_meets"),
    words("angle point line circle speed target origin bounds sprite"),
  ),
  row(
    "sprites",
    [137, 102, 48, 9, 9, 1643],
    "sprite",
    "create_sprite draw_sprite update_sprite",
    words("sprite_set sprite_get sprite_has sprite_move sprite_add sprite_clear sprite_stop sprite_start sprite_at"),
    words("x y dx dy layer anchor mass rotation scale animation position value"),
  ),
  row(
    "networking",
    [123, 88, 2, 4, 0, 2],
    "connection",
    "",
    words("open close send read accept broadcast check reset"),
    words("connection server message request response header port address socket packet reply"),
  ),
  row(
    "geometry",
    [102, 78, 18, 25, 6, 295],
    "",
    "",
    words("circle line rectangle triangle quad point distance_to intersection_of"),
    words("at center from bounds within length offset corners area normal"),
  ),
  row(
    "interface",
    [77, 52, 0, 0, 0, 0],
    "",
    "",
    words("button checkbox slider text_box panel column header"),
    words("at set_text set_width show hide enable style value"),
  ),
  row(
    "raspberry",
    [58, 52, 0, 1, 0, 0],
    "adc_device",
    "",
    words("raspi servo motor adc pwm gpio"),
    words("open close read write set_mode set_range reset pulse status"),
  ),
  row("windows", [52, 38, 12, 1, 1, 107], "window", "open_window close_window", words("window"), windowParts(36)),
  row(
    "audio",
    [50, 34, 14, 3, 3, 435],
    "sound_effect",
    "play_sound_effect load_sound_effect",
    words("play stop pause fade resume load free"),
    words("music sound track volume channel"),
  ),
  row(
    "utilities",
    [45, 41, 10, 13, 8, 334],
    "",
    "delay rnd",
    words("contains convert trim split replace display count join"),
    words("text number path value line file"),
  ),
  row(
    "input",
    [43, 34, 26, 0, 0, 744],
    "",
    "key_typed key_down process_events quit_requested",
    words("mouse key reading text wheel"),
    words("down up clicked position x y released shown"),
  ),
  row(
    "animations",
    [37, 20, 7, 0, 0, 99],
    "animation",
    "",
    words("animation script frame"),
    words("named ended update restart index count load"),
  ),
  row(
    "json",
    [32, 23, 12, 0, 0, 66],
    "json",
    "",
    words("json_read json_set json_has json_add"),
    words("string number array object bool key"),
  ),
  row(
    "camera",
    [27, 23, 16, 0, 0, 224],
    "",
    "",
    words("camera screen world"),
    words("x y center move_to move_by to_world offset position"),
  ),
  row(
    "timers",
    [21, 13, 11, 0, 0, 145],
    "timer",
    "",
    words("timer"),
    words("ticks start stop pause resume reset create named free has started paused restart"),
  ),
  row(
    "generative_ai",
    [16, 10, 0, 0, 0, 0],
    "conversation",
    "",
    words("conversation"),
    words("create free say reply options model is_replying reset text_reply all"),
  ),
  row("terminal", [12, 5, 4, 2, 2, 524], "", "write_line read_line write", words("terminal"), words("has_input width")),
  row("resources", [6, 5, 1, 0, 0, 1], "", "", words("resource_path"), words("for set reset of_kind find")),
  row("logging", [4, 3, 0, 0, 0, 0], "", "", words("log"), words("message open close")),
  row(
    "resource_bundles",
    [3, 3, 3, 0, 0, 73],
    "",
    "load_resource_bundle free_resource_bundle has_resource_bundle",
    [],
    [],
  ),
  row("types", [0, 0, 0, 0, 0, 0], "", "", [], []),
];

function row(
  category: string,
  figures: readonly [number, number, number, number, number, number],
  className: string,
  wellKnown: string,
  verbs: readonly string[],
  nouns: readonly string[],
): CategoryFigures {
  const [functions, names, used, documented, usedAndDocumented, calls] = figures;
  const counts = { functions, names, used, documented, usedAndDocumented, calls };
  return { category, ...counts, className, wellKnown: words(wellKnown), verbs, nouns };
}

function windowParts(count: number): string[] {
  const parts = words("width height caption icon border position focus display title");
  return parts.flatMap((part) => accessors.map((verb) => `${verb}_${part}`)).slice(0, count);
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
