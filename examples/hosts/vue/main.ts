import { createApp } from "vue";
import Scores from "./Scores.vue";

createApp(Scores).mount("#app");
