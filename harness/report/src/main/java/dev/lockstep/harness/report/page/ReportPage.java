package dev.lockstep.harness.report.page;

import dev.lockstep.harness.report.RunResults;
import dev.lockstep.harness.report.Standing;
import java.util.List;

/// Puts `report.html` together: a section for each run, before them what tells
/// several apart, our style and scripts, and a policy under
/// which a browser fetches nothing and runs nothing else. The same files make the same page, byte
/// for byte: nothing of the time or place of making is in it.
public final class ReportPage {
  /// How a page of ours begins, so that no other file is taken for one.
  static final String FIRST_LINE = "<!doctype html><!-- made by lockstep report -->\n";

  private ReportPage() {}

  /// @param runs in the order in which they are to appear
  public static String of(List<RunResults> runs) {
    PageAssets assets = PageAssets.load();
    String title = runs.size() == 1 ? RunSection.title(runs.getFirst()) : "Lockstep: several runs";
    Html html = new Html();
    html.markup(FIRST_LINE)
        .markup("<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .markup("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .markup(assets.policy())
        .markup("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .markup("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
        .text(title)
        .markup("</title>\n<style>")
        .markup(assets.style())
        .markup("</style>\n</head>\n<body>\n<main>\n")
        .element("h1", title);
    List<String> colours = Standing.labels(runs);
    if (runs.size() > 1) {
      new ComparisonSection(runs, colours).writeTo(html);
    }
    for (int i = 0; i < runs.size(); i++) {
      new RunSection(runs.get(i), i + 1, runs.size() > 1, colours).writeTo(html);
    }
    html.markup("<footer>\n<details><summary>Licences</summary>\n")
        .element("p", "The charts are drawn by D3, which is part of this page:")
        .element("pre", assets.libraryLicence())
        .markup("</details>\n</footer>\n</main>\n<script>")
        .markup(assets.library())
        .markup("</script>\n<script>")
        .markup(assets.script())
        .markup("</script>\n</body>\n</html>\n");
    return html.toString();
  }
}
