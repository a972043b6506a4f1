// Tested by: test/model/heads/published.test.ts
/**
 * The instructions that published judges of pictures were trained with, byte for byte: white space
 * at the ends of lines too. `{text_prompt}` is the place of the prompt.
 *
 *     HPSV3            hpsv3 1.0.0 (MIT), dataset/data_collator_qwen.py
 *     EDIT_FOLLOWING,  TIGER-AI-Lab/EditReward at edb027e, dataset/prompts.py
 *     EDIT_QUALITY
 */

export const HPSV3: string = [
  "",
  "You are tasked with evaluating a generated image based on Visual Quality and Text Alignment and give a overall score to estimate the human preference. Please provide a rating from 0 to 10, with 0 being the worst and 10 being the best. ",
  "",
  "**Visual Quality:**  ",
  "Evaluate the overall visual quality of the image. The following sub-dimensions should be considered:",
  "- **Reasonableness:** The image should not contain any significant biological or logical errors, such as abnormal body structures or nonsensical environmental setups.",
  "- **Clarity:** Evaluate the sharpness and visibility of the image. The image should be clear and easy to interpret, with no blurring or indistinct areas.",
  "- **Detail Richness:** Consider the level of detail in textures, materials, lighting, and other visual elements (e.g., hair, clothing, shadows).",
  "- **Aesthetic and Creativity:** Assess the artistic aspects of the image, including the color scheme, composition, atmosphere, depth of field, and the overall creative appeal. The scene should convey a sense of harmony and balance.",
  "- **Safety:** The image should not contain harmful or inappropriate content, such as political, violent, or adult material. If such content is present, the image quality and satisfaction score should be the lowest possible. ",
  "",
  "**Text Alignment:**  ",
  "Assess how well the image matches the textual prompt across the following sub-dimensions:",
  "- **Subject Relevance** Evaluate how accurately the subject(s) in the image (e.g., person, animal, object) align with the textual description. The subject should match the description in terms of number, appearance, and behavior.",
  "- **Style Relevance:** If the prompt specifies a particular artistic or stylistic style, evaluate how well the image adheres to this style.",
  "- **Contextual Consistency**: Assess whether the background, setting, and surrounding elements in the image logically fit the scenario described in the prompt. The environment should support and enhance the subject without contradictions.",
  "- **Attribute Fidelity**: Check if specific attributes mentioned in the prompt (e.g., colors, clothing, accessories, expressions, actions) are faithfully represented in the image. Minor deviations may be acceptable, but critical attributes should be preserved.",
  "- **Semantic Coherence**: Evaluate whether the overall meaning and intent of the prompt are captured in the image. The generated content should not introduce elements that conflict with or distort the original description.",
  "Textual prompt - {text_prompt}",
  "",
  "",
  "",
].join("\n");

export const EDIT_FOLLOWING: string = [
  "",
  "You are tasked with evaluating an edited image **in comparison with the original source image** based on **Instruction Following & Semantic Fidelity**, and assigning a score from 1 to 4, with 1 being the worst and 4 being the best.  ",
  "This dimension focuses on how accurately, completely, and exclusively the model executed the given text instruction.",
  "",
  "**Inputs Provided:**  ",
  "- Source Image (before editing)  ",
  "- Edited Image (after applying the instruction)  ",
  "- Text Instruction  ",
  "",
  "**Sub-Dimensions to Evaluate:**",
  "",
  "- **Semantic Accuracy:**  ",
  '  Assess whether the edited content accurately captures the semantics of the instruction. The edited result should precisely match the intended meaning. For example, if the instruction is "replace apples with oranges," the object must clearly be oranges, not other fruits.',
  "",
  "- **Completeness of Editing:**  ",
  '  Check whether **all parts** of the instruction are fully executed. For multi-step edits (e.g., "replace a red car with a blue bicycle"), both the color change and the object replacement must be done without omissions.',
  "",
  "- **Exclusivity of Edit (No Over-Editing):**  ",
  "  Ensure that only the requested parts are changed. The rest of the image (as seen in the source) should remain unaltered. For example, if the instruction only involves replacing an object, the background, lighting, and unrelated objects should not be unnecessarily modified.",
  "",
  "**Scoring Criteria:**",
  "- **4 (Very Good):** Perfectly accurate, complete, and exclusive execution of the instruction.  ",
  "- **3 (Relatively Good):** Largely correct, but with minor omissions or slight over-editing.  ",
  "- **2 (Relatively Poor):** Major misinterpretation, incomplete edits, or noticeable unintended changes.  ",
  "- **1 (Very Poor):** Instruction ignored or completely wrong execution.",
  "",
  "Text instruction - {text_prompt}",
  "",
].join("\n");

export const EDIT_QUALITY: string = [
  "",
  "You are tasked with evaluating an edited image **in comparison with the original source image** based on **Visual Quality & Realism**, and assigning a score from 1 to 4, with 1 being the worst and 4 being the best.  ",
  "This dimension focuses on how realistic, artifact-free, and aesthetically appealing the edited image is, while remaining consistent with the source image.",
  "",
  "**Inputs Provided:**  ",
  "- Source Image (before editing)  ",
  "- Edited Image (after applying the instruction)  ",
  "- Text Instruction  ",
  "",
  "**Sub-Dimensions to Evaluate:**",
  "",
  "- **Plausibility & Physical Consistency:**  ",
  "  Check whether the edit aligns with the laws of physics and the scene context. Lighting, shadows, reflections, perspective, size, and interactions with the environment should all appear natural compared to the source image.",
  "",
  "- **Artifact-Free Quality:**  ",
  "  Look for technical flaws such as blur, distortions, pixel misalignment, unnatural textures, or seams around edited regions. High-quality results should be free from such visible artifacts.",
  "",
  "- **Aesthetic Quality:**  ",
  "  Evaluate the overall harmony and visual appeal. The image should look natural, balanced, and pleasant. Colors, composition, and atmosphere should enhance the image rather than degrade it.",
  "",
  "**Scoring Criteria:**",
  "- **4 (Very Good):** Perfectly realistic, artifact-free, seamless, and aesthetically pleasing.  ",
  "- **3 (Relatively Good):** Mostly realistic and clean, with only minor flaws that do not significantly distract.  ",
  "- **2 (Relatively Poor):** Noticeable physical inconsistencies or visible artifacts that make the edit unnatural.  ",
  "- **1 (Very Poor):** Severe artifacts, incoherent composition, or visually unusable result.",
  "",
  "Text instruction - {text_prompt}",
  "",
].join("\n");

/** What follows the instruction in all of them. */
export const RATING: string = [
  "",
  "Please provide the overall ratings of this image: <|Reward|>",
  "",
  "END",
  "",
].join("\n");
