import type { Trimester } from "./trimester-calendar.ts";

export interface UnitOutcome {
  readonly abbreviation: string;
  readonly name: string;
}

export interface CatalogueUnit {
  readonly code: string;
  readonly name: string;
  readonly level: 1 | 2 | 3;
  readonly offeredIn: readonly Trimester["period"][];
  /** Place among the observed cohort sizes, 0 smallest to 21 largest. */
  readonly sizeRank: number;
  /** Two streams (practicals and workshops), or every student in one class. */
  readonly streams: boolean;
  /** Added to the chance that work is good at the first try, in log odds. */
  readonly ease: number;
  /** What the weeks are about; tasks are named after them. */
  readonly topics: readonly string[];
  readonly outcomes: readonly UnitOutcome[];
}

const allYear = ["T1", "T2", "T3"] as const;
const firstHalf = ["T1", "T2"] as const;

export const unitCatalogue: readonly CatalogueUnit[] = [
  {
    code: "COS10001",
    name: "Introduction to Programming",
    level: 1,
    offeredIn: allYear,
    sizeRank: 19,
    streams: true,
    ease: 0.2,
    topics: [],
    outcomes: [
      { abbreviation: "READ", name: "Read and explain programs" },
      { abbreviation: "PRIN", name: "Principles of structured programming" },
      { abbreviation: "DECOMP", name: "Functional decomposition" },
      { abbreviation: "PROG", name: "Write small programs" },
    ],
  },
  {
    code: "COS10064",
    name: "Foundations of Data",
    level: 1,
    offeredIn: allYear,
    sizeRank: 16,
    streams: false,
    ease: 0.3,
    topics: [
      "Tables",
      "Charts",
      "Counting",
      "Distributions",
      "Samples",
      "Relations",
      "Cleaning",
      "Queries",
      "Trends",
      "Story",
      "Ethics",
    ],
    outcomes: [
      { abbreviation: "DESCRIBE", name: "Describe data with suitable measures" },
      { abbreviation: "PREPARE", name: "Prepare data for a question" },
      { abbreviation: "CONVINCE", name: "Present findings honestly" },
    ],
  },
  {
    code: "COS20007",
    name: "Object Oriented Programming",
    level: 2,
    offeredIn: allYear,
    sizeRank: 15,
    streams: true,
    ease: -0.1,
    topics: [
      "Objects",
      "Classes",
      "Collaboration",
      "Inheritance",
      "Interfaces",
      "Collections",
      "Unit Tests",
      "Patterns",
      "Events",
      "Refactoring",
      "Design",
    ],
    outcomes: [
      { abbreviation: "OBJECTS", name: "Principles of object oriented programming" },
      { abbreviation: "DESIGN", name: "Design with abstraction" },
      { abbreviation: "BUILD", name: "Implement and test object oriented programs" },
      { abbreviation: "COMMUNICATE", name: "Communicate designs in notation" },
      { abbreviation: "JUDGE", name: "Judge the quality of programs" },
    ],
  },
  {
    code: "COS20058",
    name: "Networked Applications",
    level: 2,
    offeredIn: firstHalf,
    sizeRank: 9,
    streams: false,
    ease: 0,
    topics: [
      "Addresses",
      "Sockets",
      "Protocols",
      "Requests",
      "Servers",
      "Sessions",
      "Security",
      "Load",
      "Queues",
      "Failure",
      "Deployment",
    ],
    outcomes: [
      { abbreviation: "EXPLAIN", name: "Explain how networked programs talk" },
      { abbreviation: "BUILD", name: "Build a client and a server" },
      { abbreviation: "PROTECT", name: "Protect an application in use" },
    ],
  },
  {
    code: "COS20073",
    name: "Databases in Practice",
    level: 2,
    offeredIn: allYear,
    sizeRank: 11,
    streams: false,
    ease: 0.1,
    topics: [
      "Relations",
      "Keys",
      "Joins",
      "Grouping",
      "Modelling",
      "Normal Forms",
      "Indexes",
      "Transactions",
      "Views",
      "History",
      "Migration",
    ],
    outcomes: [
      { abbreviation: "MODEL", name: "Model a domain as relations" },
      { abbreviation: "QUERY", name: "Answer questions in SQL" },
      { abbreviation: "OPERATE", name: "Keep a database correct and fast" },
    ],
  },
  {
    code: "COS30046",
    name: "AI for Games",
    level: 3,
    offeredIn: ["T2"],
    sizeRank: 4,
    streams: false,
    ease: -0.2,
    topics: [
      "Agents",
      "Steering",
      "Flocking",
      "Graphs",
      "Pathfinding",
      "State Machines",
      "Goals",
      "Planning",
      "Tactics",
      "Learning",
      "Testing Bots",
    ],
    outcomes: [
      { abbreviation: "SELECT", name: "Select techniques for a behaviour" },
      { abbreviation: "CREATE", name: "Create agents that act in a game" },
      { abbreviation: "EVALUATE", name: "Evaluate how well an agent plays" },
      { abbreviation: "REPORT", name: "Report an experiment" },
    ],
  },
  {
    code: "COS30092",
    name: "Mobile and Embedded Computing",
    level: 3,
    offeredIn: firstHalf,
    sizeRank: 3,
    streams: false,
    ease: 0,
    topics: [
      "Sensors",
      "Screens",
      "Lifecycle",
      "Storage",
      "Power",
      "Radio",
      "Interrupts",
      "Real Time",
      "Updates",
      "Privacy",
      "Field Test",
    ],
    outcomes: [
      { abbreviation: "LIMITS", name: "Work within the limits of small devices" },
      { abbreviation: "INTERACT", name: "Design for the hand and the street" },
      { abbreviation: "SHIP", name: "Ship and update software in the field" },
    ],
  },
  {
    code: "COS30243",
    name: "Game Programming",
    level: 3,
    offeredIn: ["T1", "T3"],
    sizeRank: 6,
    streams: true,
    ease: -0.1,
    topics: [
      "Game Loop",
      "Sprites",
      "Physics",
      "Collisions",
      "Audio",
      "Resources",
      "Scenes",
      "Particles",
      "Networking",
      "Profiling",
      "Polish",
    ],
    outcomes: [
      { abbreviation: "ENGINE", name: "Explain the parts of a game engine" },
      { abbreviation: "PLAY", name: "Turn a design into play" },
      { abbreviation: "SPEED", name: "Measure and improve performance" },
      { abbreviation: "TEAM", name: "Build a game as a team" },
    ],
  },
];
