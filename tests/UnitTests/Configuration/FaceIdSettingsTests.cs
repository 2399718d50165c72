using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

public sealed class FaceIdSettingsTests
{
    [Test]
    public void Without_any_setting_the_data_lie_in_the_current_directory_and_the_database_is_embedded()
    {
        var settings = FaceIdSettings.Load(Configuration());

        Assert.Multiple(() =>
        {
            Assert.That(settings.DataFolder, Is.EqualTo(Path.GetFullPath("data")));
            Assert.That(settings.DatabaseUrl, Is.Null);
            Assert.That(settings.Key, Is.Null);
            Assert.That(Path.IsPathRooted(settings.ModelsFolder));
        });
    }

    [Test]
    public void A_variable_wins_over_the_section_of_the_same_meaning()
    {
        var settings = FaceIdSettings.Load(Configuration(
            ("FaceId:Data", "/section"), ("FACEID_DATA", "/variable/"), ("FaceId:Models", "/models"), ("FaceId:DatabaseUrl", "postgres://u@h/d")));

        Assert.Multiple(() =>
        {
            Assert.That(settings.DataFolder, Is.EqualTo("/variable"));
            Assert.That(settings.ModelsFolder, Is.EqualTo("/models"));
            Assert.That(settings.DatabaseUrl, Is.EqualTo("postgres://u@h/d"));
        });
    }

    [Test]
    public void An_empty_variable_counts_as_absent()
    {
        var settings = FaceIdSettings.Load(Configuration(("DATABASE_URL", " "), ("FACEID_KEY", ""), ("FACEID_DATA", ""), ("FaceId:Data", "/section")));

        Assert.Multiple(() =>
        {
            Assert.That(settings.DatabaseUrl, Is.Null);
            Assert.That(settings.Key, Is.Null);
            Assert.That(settings.DataFolder, Is.EqualTo("/section"));
        });
    }

    [Test]
    public void A_file_in_the_place_of_a_folder_is_refused_with_the_variables_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");

        Assert.That(
            () => FaceIdSettings.Load(Configuration(("FACEID_DATA", folder.PathOf("file")))),
            Throws.TypeOf<StartupException>().With.Message.StartsWith("FACEID_DATA: "));
    }

    [Test]
    public void Printing_the_settings_shows_no_secret()
    {
        var settings = FaceIdSettings.Load(Configuration(("DATABASE_URL", "postgres://u:s3cret@h/d"), ("FACEID_KEY", "s3cret")));

        Assert.That(settings.ToString(), Does.Not.Contain("s3cret"));
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();
}
