using System.Text.Json;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Recognition;

/// <summary><c>faceid accuracy</c> over real photos: five people of eleven photos each from Debian's libdlib19.1, and one group photo.</summary>
public sealed class AccuracyTests
{
    private string _folder = "";
    private string _people = "";

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("faceid-accuracy-").FullName;
        _people = Directory.CreateDirectory(Path.Combine(_folder, "people")).FullName;
        foreach (var (name, index) in new[] { "John_Salley", "John_Simm" }.SelectMany(name => Enumerable.Range(0, 4).Select(index => (name, index))))
        {
            Directory.CreateDirectory(Path.Combine(_people, name));
            File.WriteAllBytes(Path.Combine(_people, name, $"{name}_{index + 1:0000}.jpg"), Photos.John(name, index));
        }

        Directory.CreateDirectory(Path.Combine(_people, "nobody"));
        File.WriteAllBytes(Path.Combine(_people, "nobody", "wall.png"), Photos.Empty);
        File.WriteAllBytes(Path.Combine(_people, "nobody", "bald.jpg"), Photos.Group);
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Rates_groups_refusals_and_the_protocol_are_printed_and_written()
    {
        await File.WriteAllTextAsync(Path.Combine(_people, "people.csv"), "person,country\nJohn_Salley,US\nJohn_Simm,GB\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "pairs.txt"), "2\t1\nJohn_Salley\t1\t2\nJohn_Salley\t1\tJohn_Simm\t1\nJohn_Simm\t1\t2\nJohn_Salley\t2\tJohn_Simm\t3\n");
        string[] arguments = ["accuracy", "--people", "people", "--pairs", "pairs.txt", "--out", "report", "--cache", "vectors", "--from", "0.6", "--to", "0.6"];
        using var command = await FaceIdProcess.RunAsync(_folder, arguments);

        Assert.That(command.ExitCode, Is.Zero, command.Errors);
        Assert.That(command.Output, Does.StartWith("8 photos of 2 people, 2 of them with two or more; refused: 1 no_face, 1 several_faces. 12 genuine and 16 impostor pairs."));
        Assert.That(command.Output, Does.Contain("| 0.60 | 12 | 0 | 0.00% | 0 | 16 | 0.0000% |"));
        Assert.That(command.Output, Does.Contain("LFW's protocol: 100.00%"));
        Assert.That(command.Output, Does.Contain("| GB | 1 | 4 |"));

        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_folder, "report/accuracy.json")));
        Assert.That(report.RootElement.GetProperty("impostorPairs").GetInt32(), Is.EqualTo(16));
        Assert.That(report.RootElement.GetProperty("protocol").GetProperty("accuracy").GetDouble(), Is.EqualTo(1));
        foreach (var file in new[] { "accuracy.json", "accuracy.html", "det.svg" })
        {
            Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "report", file)), Does.Not.Contain("John").And.Not.Contain(_folder), "Reports name nobody.");
        }

        // The second time nothing is encoded, and the same comes out.
        using var again = await FaceIdProcess.RunAsync(_folder, arguments, ("FACEID_MODELS", _folder));
        Assert.That(again.Output, Is.EqualTo(command.Output), again.Errors);
    }

    [Test]
    public async Task Too_few_people_for_a_calibration_and_a_list_for_another_folder_are_refused_in_one_line()
    {
        using var few = await FaceIdProcess.RunAsync(_folder, ["accuracy", "--people", "people", "--calibrate", "table.json"]);
        Assert.That(few.ExitCode, Is.EqualTo(1));
        Assert.That(few.Errors, Does.Contain("A calibration needs 100 people"));
        Assert.That(File.Exists(Path.Combine(_folder, "table.json")), Is.False);

        await File.WriteAllTextAsync(Path.Combine(_folder, "pairs.txt"), "John_Salley\t1\t9\nJohn_Salley\t1\tJohn_Simm\t1\n");
        using var other = await FaceIdProcess.RunAsync(_folder, ["accuracy", "--people", "people", "--pairs", "pairs.txt"]);
        Assert.That(other.ExitCode, Is.EqualTo(1));
        Assert.That(other.Errors, Does.Contain("number 9 of John_Salley"));
    }

    [Test]
    public async Task A_server_does_not_start_with_a_table_that_is_none()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "table.json"), "{}");
        using var server = await FaceIdProcess.RunAsync(_folder, [], ("FaceId__Calibration", "table.json"));

        Assert.That(server.ExitCode, Is.EqualTo(1));
        Assert.That(server.Errors.Trim().Split('\n')[^1], Does.StartWith("faceid: FaceId:Calibration: ").And.Contain("faceid accuracy"));
    }
}
