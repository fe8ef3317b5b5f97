"""Columns of segments: how good they are, what they are like, how they are described."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    # segmentation quality
    Term("criterion", "Sum of squared distances", "Tổng bình phương khoảng cách", "number", "lower",
         "How far customers lie from the mean of their own segment, squared and summed (k-medians and Jaccard "
         "segments: not squared). Smaller is closer; only solutions of one method and number of segments compare.",
         "Khoảng cách từ khách hàng đến tâm phân khúc của mình, bình phương rồi cộng lại (theo trung vị hoặc theo "
         "câu trả lời chung: không bình phương). Càng nhỏ càng tốt; chỉ so sánh khi cùng phương pháp và cùng số phân "
         "khúc."),
    Term("n_starts", "Starts", "Số lần khởi tạo", "count", "",
         "How many times the method began from another random position.",
         "Số lần thuật toán bắt đầu lại từ một vị trí ngẫu nhiên khác.",
         ("random starts",), ("lần khởi tạo ngẫu nhiên",)),
    Term("near_best_share", "Near-best share", "Tỷ lệ gần tốt nhất", "percent", "higher",
         "Share of the random starts that end within 0.1% of the best solution found. Low values mean that a "
         "single run would mislead.",
         "Tỷ lệ số lần khởi tạo ngẫu nhiên cho kết quả cách nghiệm tốt nhất không quá 0,1%. Giá trị thấp nghĩa là "
         "chạy một lần sẽ gây sai lệch.",
         ("near-best share",), ("tỷ lệ gần tốt nhất",)),
    Term("median_excess", "Excess of the median start", "Mức chênh của lần khởi tạo trung vị", "percent", "lower",
         "How much worse than the best solution a typical single start is. Near 0 is better.",
         "Một lần khởi tạo điển hình kém nghiệm tốt nhất bao nhiêu. Càng gần 0 càng tốt."),
    Term("explained_share", "Explained share", "Tỷ lệ được giải thích", "percent", "higher",
         "Share of all differences between customers that lies between the segments, 0% to 100%. It grows with "
         "every further segment.",
         "Tỷ lệ khác biệt nằm giữa các phân khúc trên tổng khác biệt giữa các khách hàng, từ 0% đến 100%. Thêm "
         "phân khúc thì tỷ lệ này luôn tăng.",
         ("explained share",), ("tỷ lệ được giải thích",)),
    # scales of a survey
    Term("scale", "Scale", "Thang đo", "text", "",
         "Several questions that together measure one attitude, value or habit.",
         "Nhiều câu hỏi cùng đo một thái độ, giá trị hoặc thói quen."),
    Term("n_items", "Items", "Số câu hỏi", "count", "",
         "How many questions the scale has.",
         "Số câu hỏi của thang đo."),
    Term("alpha", "Cronbach's alpha", "Hệ số Cronbach alpha", "decimal", "higher",
         "How well the questions of a scale go together, up to 1; from 0.7 on the scale can be used. More questions "
         "raise it.",
         "Mức độ các câu hỏi của thang đo cùng đo một điều, tối đa là 1; từ 0,7 trở lên là dùng được. Càng nhiều câu "
         "hỏi, hệ số càng cao.",
         ("Cronbach's alpha",), ("Cronbach alpha",)),
    Term("omega", "McDonald's omega", "Hệ số McDonald omega", "decimal", "higher",
         "As alpha, but questions may measure the same thing with unequal strength; up to 1.",
         "Tương tự hệ số trên, nhưng các câu hỏi được phép đo cùng một điều với mức mạnh yếu khác nhau; tối đa là 1."),
    Term("item_correlation", "Correlation between items", "Tương quan giữa các câu hỏi", "decimal", "higher",
         "Mean correlation between the questions of a scale, from -1 to 1.",
         "Tương quan trung bình giữa các câu hỏi của thang đo, từ -1 đến 1."),
    Term("weakest_item", "Weakest item", "Câu hỏi yếu nhất", "text", "",
         "The question that goes least with the rest of its scale.",
         "Câu hỏi ít ăn khớp nhất với phần còn lại của thang đo."),
    Term("weakest_correlation", "Correlation of the weakest item", "Tương quan của câu hỏi yếu nhất", "decimal",
         "higher",
         "Correlation of the weakest question with the sum of the others. Below 0 it should probably be turned round.",
         "Tương quan của câu hỏi yếu nhất với tổng các câu còn lại. Nếu âm, có lẽ phải đảo chiều câu hỏi này."),
    Term("alpha_without", "Alpha without the weakest item", "Alpha khi bỏ câu hỏi yếu nhất", "decimal", "higher",
         "Cronbach's alpha of the scale when the weakest question is left out.",
         "Hệ số này của thang đo khi bỏ câu hỏi yếu nhất."),
    Term("uniqueness", "Uniqueness", "Phần riêng", "percent", "lower",
         "Share of a question's variance that the factors do not explain.",
         "Phần phương sai của câu hỏi mà các nhân tố không giải thích được."),
    # profile and description
    Term("mean", "Mean", "Trung bình", "number", "",
         "The sum divided by the number of customers. A few very large values pull it up.",
         "Tổng chia cho số khách hàng. Chỉ vài giá trị rất lớn cũng kéo số này lên."),
    Term("std", "Standard deviation", "Độ lệch chuẩn", "number", "",
         "How widely the values scatter around their mean, in the same unit.",
         "Mức phân tán của các giá trị quanh trung bình, tính cùng đơn vị."),
    Term("min", "Smallest", "Nhỏ nhất", "number", "",
         "The lowest value in the data.",
         "Giá trị thấp nhất trong dữ liệu."),
    Term("median", "Median", "Trung vị", "number", "",
         "The middle value: half of the customers lie below it, half above.",
         "Giá trị đứng giữa: một nửa số khách hàng thấp hơn, một nửa cao hơn."),
    Term("max", "Largest", "Lớn nhất", "number", "",
         "The highest value in the data.",
         "Giá trị cao nhất trong dữ liệu."),
    Term("is_whole", "Whole month", "Trọn tháng", "message", "",
         "Whether the data hold every day of the month. A month held in part looks weaker than it was.",
         "Cho biết dữ liệu có đủ mọi ngày trong tháng không. Tháng thiếu ngày trông yếu hơn thực tế."),
    Term("total_mean", "Mean, all customers", "Trung bình toàn bộ khách hàng", "number", "",
         "The mean over everybody: the yardstick each segment is held against.",
         "Mức trung bình của tất cả mọi người, dùng làm mốc so sánh từng phân khúc."),
    Term("difference", "Difference", "Chênh lệch", "number", "",
         "The segment's mean less the mean of all customers; below 0 the segment lies under the average.",
         "Trung bình của phân khúc trừ trung bình toàn bộ khách hàng; âm nghĩa là thấp hơn mức chung."),
    Term("index_100", "Index", "Chỉ số", "index", "",
         "100 means as among all customers; 150 half as much again, 50 half as much.",
         "100 nghĩa là bằng mức của toàn bộ khách hàng; 150 là cao hơn một nửa, 50 là chỉ bằng một nửa.",
         ("index", "indices", "index of 100", "index against 100"), ("chỉ số", "chỉ số 100")),
    Term("is_marker", "Marker variable", "Biến đặc trưng", "message", "",
         "A variable on which the segment differs from all customers by at least half. Name the segment by it.",
         "Biến mà phân khúc chênh lệch ít nhất một nửa so với toàn bộ khách hàng. Nên đặt tên phân khúc theo biến "
         "này.",
         ("marker variable", "marker variables", "Marker variables"), ("biến đặc trưng",)),
    Term("above_average", "More than average", "Cao hơn trung bình", "message", "",
         "Marker variables in which the segment lies above all customers, with the index; 100 is the average.",
         "Biến đặc trưng mà phân khúc cao hơn toàn bộ khách hàng, kèm chỉ số; 100 là mức trung bình."),
    Term("below_average", "Less than average", "Thấp hơn trung bình", "message", "",
         "Marker variables in which the segment lies below all customers, with the index; 100 is the average.",
         "Biến đặc trưng mà phân khúc thấp hơn toàn bộ khách hàng, kèm chỉ số; 100 là mức trung bình."),
    Term("descriptor", "Descriptor variable", "Biến mô tả", "column", "",
         "A variable that describes segments but did not form them.",
         "Biến dùng để mô tả phân khúc, không dùng để tạo phân khúc.",
         ("descriptor variable", "descriptor variables"), ("biến mô tả",)),
    Term("test", "Test", "Kiểm định", "message", "",
         "The statistical procedure that asks whether chance alone could have made the difference.",
         "Phép tính thống kê cho biết riêng ngẫu nhiên có thể tạo ra khác biệt này không."),
    Term("statistic", "Statistic", "Thống kê", "number", "",
         "The number the test computes; with it comes the p-value.",
         "Con số mà phép kiểm định tính ra, từ đó suy ra giá trị p."),
    Term("effect", "Effect", "Độ đo", "message", "",
         "Which measure of strength is used: Cramér's V for categories, omega² for numbers; both without what chance "
         "alone adds.",
         "Thước đo độ mạnh được dùng: V của Cramér cho biến phân loại, ω² cho biến số; cả hai đã trừ phần chỉ do "
         "ngẫu nhiên."),
    Term("effect_size", "Effect size", "Mức độ ảnh hưởng", "number", "higher",
         "How strongly a variable goes with the segments, less what chance alone adds: 0 means no more difference "
         "between them than chance makes, 1 a complete one.",
         "Một biến gắn với các phân khúc chặt đến đâu, đã trừ phần chỉ do ngẫu nhiên: 0 là không khác biệt hơn mức "
         "ngẫu nhiên tạo ra, 1 là khác biệt hoàn toàn.",
         ("effect size", "effect sizes"), ("mức độ ảnh hưởng",)),
    Term("p_value", "p-value", "Giá trị p", "p_value", "lower",
         "How often chance alone would make a difference at least this large if there were none, from 0 to 1. It "
         "says nothing of how large the difference is.",
         "Nếu thực ra không có khác biệt, xác suất (từ 0 đến 1) để ngẫu nhiên tạo ra khác biệt ít nhất như thế "
         "này. Số này không nói khác biệt lớn hay nhỏ.",
         ("p-values",), ("giá trị p",)),
    Term("adjusted_p", "Adjusted p", "p hiệu chỉnh", "p_value", "lower",
         "The p-value made stricter because many tests are made at once. Below 0.05 is usually called significant.",
         "Giá trị p được siết chặt vì cùng lúc làm nhiều kiểm định. Dưới 0,05 thường được gọi là có ý nghĩa thống "
         "kê.",
         ("adjusted p",), ("p hiệu chỉnh",)),
    Term("note", "Note", "Ghi chú", "message", "",
         "What to keep in mind when reading this row.",
         "Điều cần lưu ý khi đọc dòng này."),
    # known against unknown customers
    Term("known_mean", "Mean, known customers", "Trung bình, khách hàng đã biết đặc điểm", "number", "",
         "The mean of the customers whose characteristics are known.",
         "Trung bình của những khách hàng đã biết đặc điểm."),
    Term("unknown_mean", "Mean, other customers", "Trung bình, khách hàng còn lại", "number", "",
         "The mean of the customers whose characteristics are not known.",
         "Trung bình của những khách hàng chưa biết đặc điểm."),
    Term("ratio", "Ratio", "Tỷ số", "decimal", "",
         "The mean of the known customers divided by that of the others: 1 means that they are alike.",
         "Trung bình của khách hàng đã biết đặc điểm chia cho trung bình của số còn lại: 1 nghĩa là như nhau."),
    Term("ratio_low", "Ratio from (95%)", "Tỷ số từ (95%)", "decimal", "",
         "Lower end of the 95% interval of the ratio.", "Cận dưới khoảng tin cậy 95% của tỷ số."),
    Term("ratio_high", "Ratio to (95%)", "Tỷ số đến (95%)", "decimal", "",
         "Upper end of the 95% interval of the ratio; where 1 lies outside, the known customers are unlike the others.",
         "Cận trên khoảng tin cậy 95% của tỷ số; khi 1 nằm ngoài khoảng, khách hàng đã biết đặc điểm không giống số "
         "còn lại."),
    Term("n_known", "Known customers", "Số khách hàng đã biết đặc điểm", "count", "",
         "How many customers have known characteristics.", "Bao nhiêu khách hàng đã có thông tin về đặc điểm."),
    Term("n_unknown", "Other customers", "Số khách hàng chưa biết đặc điểm", "count", "",
         "How many customers have no known characteristics.", "Bao nhiêu khách hàng chưa có thông tin về đặc điểm."),
    Term("known_share", "Share known", "Tỷ lệ đã biết đặc điểm", "percent", "higher",
         "Share of the segment's customers whose characteristics are known.",
         "Tỷ lệ khách hàng của phân khúc đã biết đặc điểm."),
    # faults of rules and of variables
    Term("problem", "Problem", "Vấn đề", "message", "",
         "What is wrong with the rule (an overlap, a gap, a segment nobody can reach) or with the variable (an id, one "
         "value only, mixed units, a few far customers, a repetition).",
         "Quy tắc sai ở đâu (chồng lấn, có khoảng trống, phân khúc không ai thuộc về) hoặc biến có vấn đề gì (là mã "
         "số, chỉ một giá trị, lẫn đơn vị đo, vài khách hàng quá xa, trùng lặp)."),
    Term("other", "Other", "Khác", "text", "",
         "The second rule or variable that takes part in the problem.",
         "Quy tắc hoặc biến thứ hai có liên quan đến vấn đề."),
    Term("extent", "Extent", "Mức độ", "number", "",
         "How large the problem of a variable is: customers with an id, ratio of the standard deviations, skewness, or "
         "correlation.",
         "Vấn đề của biến lớn đến mức nào: số khách hàng có mã số, tỷ số các độ lệch chuẩn, độ lệch phân phối, hoặc hệ "
         "số tương quan."),
)
