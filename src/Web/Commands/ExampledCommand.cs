using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FaceId.Web.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampledCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Makes the help of all commands below show their examples.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new Help((HelpAction)help.Action!);
    }

    private IReadOnlyList<string> Examples { get; } = examples;

    private sealed class Help(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => usual.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            var result = usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is ExampledCommand { Examples: { Count: > 0 } examples })
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples)
                {
                    output.WriteLine($"  {example}");
                }

                output.WriteLine();
            }

            return result;
        }
    }
}
