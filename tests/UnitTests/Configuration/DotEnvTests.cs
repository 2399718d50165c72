using FaceId.Infrastructure.Configuration;

namespace FaceId.UnitTests.Configuration;

public sealed class DotEnvTests
{
    [TestCase("A=1", "1")]
    [TestCase("A=", "")]
    [TestCase("  A = 1  ", "1")]
    [TestCase("export A=1", "1")]
    [TestCase("export\tA=1", "1")]
    [TestCase("\uFEFFA=1", "1")]
    [TestCase("A=two words # and a comment", "two words")]
    [TestCase("A=p#ss", "p#ss")]
    [TestCase("A= # only a comment", "")]
    [TestCase("A=a=b=c", "a=b=c")]
    [TestCase("A='x # y' # z", "x # y")]
    [TestCase(@"A='a\n$b'", @"a\n$b")]
    [TestCase(@"A=""a\n\t\""\\\$b\q""", "a\n\t\"\\$b\\q")]
    [TestCase("A=\"x # y\"", "x # y")]
    [TestCase("A=p$word${x}", "p$word${x}")]
    [TestCase("A=postgres://u:p%40$x@h/d?sslmode=require&a=b", "postgres://u:p%40$x@h/d?sslmode=require&a=b")]
    [TestCase("A=first\nA=last", "last")]
    public void A_value_is_read_as_it_was_meant(string text, string value)
    {
        using var folder = new TemporaryFolder();
        folder.Write(DotEnv.FileName, text.ReplaceLineEndings("\r\n"));

        Assert.That(DotEnv.Read(folder.PathOf(DotEnv.FileName)), Is.EqualTo(new Dictionary<string, string> { ["A"] = value }));
    }

    [Test]
    public void Blank_lines_and_comments_mean_nothing()
    {
        Assert.That(DotEnv.Parse(["", "   ", "# A=1", "  # B=2"]), Is.Empty);
    }

    [TestCase("s3cret", "no '='")]
    [TestCase("export s3cret", "no '='")]
    [TestCase("=s3cret", "name")]
    [TestCase("s3cret name=1", "name")]
    [TestCase("9s3cret=1", "name")]
    [TestCase("A='s3cret", "closing '")]
    [TestCase("A=\"s3cret", "closing \"")]
    [TestCase("A=\"s3cret\\\"", "closing \"")]
    [TestCase("A=\"x\"s3cret", "follows the closing quote")]
    [TestCase("A='x' s3cret", "follows the closing quote")]
    public void A_malformed_line_is_named_by_number_and_never_quoted(string line, string reason)
    {
        var error = Assert.Throws<StartupException>(() => DotEnv.Parse(["A=1", "", line]));

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.StartWith(".env, line 3: ").And.Contain(reason));
            Assert.That(error.ToString(), Does.Not.Contain("s3cret"));
        });
    }

    [Test]
    public void The_environment_wins_over_the_file()
    {
        var (known, added) = ($"FACEID_TEST_{Guid.NewGuid():n}", $"FACEID_TEST_{Guid.NewGuid():n}");
        using var folder = new TemporaryFolder();
        folder.Write(DotEnv.FileName, $"{known}=file\n{added}=file\n");
        Environment.SetEnvironmentVariable(known, "environment");

        DotEnv.Load(folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(Environment.GetEnvironmentVariable(known), Is.EqualTo("environment"));
            Assert.That(Environment.GetEnvironmentVariable(added), Is.EqualTo("file"));
        });
    }

    [Test]
    public void No_file_and_a_folder_of_that_name_are_no_errors()
    {
        using var folder = new TemporaryFolder();
        DotEnv.Load(folder.Path);
        Directory.CreateDirectory(folder.PathOf(DotEnv.FileName));

        Assert.DoesNotThrow(() => DotEnv.Load(folder.Path));
    }
}
