using System.Text.RegularExpressions;
using FaceId.UnitTests.Faces;

namespace FaceId.UnitTests.Architecture;

/// <summary>What the documents say of the tests is true.</summary>
public sealed partial class DocumentationTests
{
    [TestCaseSource(nameof(Documents))]
    public void Every_test_that_a_document_names_exists(string document)
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Testbed.Repository, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Method().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToHashSet();

        var named = Named().Matches(File.ReadAllText(Path.Combine(Testbed.Repository, document))).Select(match => match.Groups[1].Value);

        Assert.That(tests, Has.Count.GreaterThan(400));
        Assert.That(named.Where(name => !tests.Contains(name) && name != "A_name_like_this"), Is.Empty);
    }

    private static IEnumerable<string> Documents => Directory.EnumerateFiles(Path.Combine(Testbed.Repository, "docs"), "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Testbed.Repository, file)).Order(StringComparer.Ordinal);

    // Names of tests are sentences: at least three words, the second in small letters.
    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[a-z0-9]+_[A-Za-z0-9_]+)`")]
    private static partial Regex Named();

    [GeneratedRegex("(?:Task|void) ([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)\\(")]
    private static partial Regex Method();
}
