/** What people write to each other, invented and short; no pipeline ever reads it. */
export const studentTexts = [
  "Is this what the task asks for?",
  "I fixed the second part, please look again.",
  "Could not get the last step to work.",
  "Sorry this is late, I was away.",
  "Which version of the library should I use?",
  "Thanks, that helped!",
] as const;

export const tutorTexts = [
  "Good work, clear and complete.",
  "Check the naming in your second function.",
  "Nice. Come and show me in class.",
  "The output is right, the explanation is missing.",
  "Please add the screenshot the sheet asks for.",
  "Almost there: read the note on indentation.",
] as const;

export const extensionTexts = ["Work shifts this week.", "I was ill.", "I need a little more time."] as const;
