using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using FaceId.Benchmarks;

if (args is ["peer", ..])
{
    return await PeerComparison.RunAsync(args[1..]);
}

if (args is ["fusion", ..])
{
    return await FusionFit.RunAsync(args[1..]);
}

if (args is ["http", ..])
{
    return await HttpLoad.RunAsync(args[1..]);
}

if (args is ["auth", ..])
{
    return await AuthenticationLoad.RunAsync(args[1..]);
}

if (args is ["flood", ..])
{
    return await LoginFlood.RunAsync(args[1..]);
}

if (args is ["search-statistics", var templates, var people])
{
    var rows = MemoryMarshal.Cast<byte, sbyte>(File.ReadAllBytes(templates));
    Console.WriteLine(SearchGallery.Measure(rows, [.. File.ReadLines(people).Select(int.Parse)]));
    return 0;
}

if (args is ["search", ..])
{
    return SearchComparison.Run(args[1..]);
}

if (args is ["pgvector", ..])
{
    return await PgVectorComparison.RunAsync(args[1..]);
}

if (args is ["import-file", var goldens, var path, var number])
{
    return ImportFile.Write(goldens, path, int.Parse(number, CultureInfo.InvariantCulture));
}

if (args is ["gallery-fill", ..])
{
    return await GalleryLoad.FillAsync(args[1..]);
}

if (args is ["gallery", ..])
{
    return await GalleryLoad.RunAsync(args[1..]);
}

if (args is ["templates", ..])
{
    return await TemplateStudy.RunAsync(args[1..]);
}

if (args is ["pairs", var folder, var seed])
{
    return PairsDraw.Run(folder, int.Parse(seed, CultureInfo.InvariantCulture));
}

if (args is ["crops", var photos, var most])
{
    return await KeptCrops.RunAsync(photos, int.Parse(most, CultureInfo.InvariantCulture));
}

if (args is ["passive", var each, .. var sets])
{
    return await PassiveStudy.RunAsync(sets, int.Parse(each, CultureInfo.InvariantCulture));
}

if (args is ["startup"])
{
    return await Startup.RunAsync();
}

BenchmarkSwitcher.FromAssembly(typeof(EngineBenchmarks).Assembly).Run(args);
return 0;
